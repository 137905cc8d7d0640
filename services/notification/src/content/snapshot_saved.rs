use askama::Template;
use domain::Price;
use notification_proto::v1;

use crate::fields::{At, Fields};

const MAX_SNAPSHOT_ID: usize = 64;

/// A snapshot that its owner asked for is saved.
#[derive(Template)]
#[template(ext = "html", blocks = ["subject", "text", "html", "sms"], source = r#"
{% block subject %}Your snapshot at {{ price }} is saved{% endblock %}
{% block text %}Hello,

your snapshot is saved: {{ price }} on {{ at }}.
Snapshot {{ snapshot_id|safe }}

Fastfusion{% endblock %}
{% block html %}<p>Hello,</p>
<p>your snapshot is saved.</p>
<p style="font-size:32px;font-weight:700;margin:8px 0">{{ price }}</p>
<p>{{ at }}<br><span style="color:#647084">Snapshot {{ snapshot_id }}</span></p>{% endblock %}
{% block sms %}Fastfusion: your snapshot is saved: {{ price }} on {{ at }}.{% endblock %}
"#)]
pub(crate) struct SnapshotSaved {
    snapshot_id: String,
    price: Price,
    at: At,
}

impl SnapshotSaved {
    pub(super) fn read(wire: &v1::SnapshotSaved, fields: &mut Fields) -> Option<Self> {
        let price = fields.price("content.snapshot_saved.price", &wire.price);
        let at = fields.instant("content.snapshot_saved.price_time", wire.price_time);
        let id = wire.snapshot_id.as_str();
        let is_id = (1..=MAX_SNAPSHOT_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_id {
            fields.violation(
                "content.snapshot_saved.snapshot_id",
                "is not an id: expected 1 to 64 visible ASCII characters",
            );
            return None;
        }
        Some(Self {
            snapshot_id: id.to_owned(),
            price: price?,
            at: at?,
        })
    }
}
