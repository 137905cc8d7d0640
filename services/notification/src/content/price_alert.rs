use askama::Template;
use domain::Price;
use notification_proto::v1;

use crate::fields::{At, Fields};

/// A price crossed what somebody waited for.
#[derive(Template)]
#[template(ext = "html", blocks = ["subject", "text", "html", "sms"], source = r#"
{% block subject %}Your share {{ verb }} to {{ price }}{% endblock %}
{% block text %}Hello,

your share {{ verb }} to {{ price }} on {{ at }}.
You asked to be told at {{ threshold }}.

Fastfusion{% endblock %}
{% block html %}<p>Hello,</p>
<p>your share {{ verb }} to</p>
<p style="font-size:32px;font-weight:700;margin:8px 0">{{ price }}</p>
<p>on {{ at }}. You asked to be told at {{ threshold }}.</p>{% endblock %}
{% block sms %}Fastfusion: your share {{ verb }} to {{ price }} (alert at {{ threshold }}) on {{ at }}.{% endblock %}
"#)]
pub(crate) struct PriceAlert {
    /// What the share did.
    verb: &'static str,
    threshold: Price,
    price: Price,
    at: At,
}

impl PriceAlert {
    pub(super) fn read(wire: &v1::PriceAlert, fields: &mut Fields) -> Option<Self> {
        let threshold = fields.price("content.price_alert.threshold", &wire.threshold);
        let price = fields.price("content.price_alert.price", &wire.price);
        let at = fields.instant("content.price_alert.price_time", wire.price_time);
        let verb = match wire.crossing() {
            v1::Crossing::Above => "rose",
            v1::Crossing::Below => "fell",
            v1::Crossing::Unspecified => {
                fields.violation(
                    "content.price_alert.crossing",
                    "is unknown: expected CROSSING_ABOVE or CROSSING_BELOW",
                );
                return None;
            }
        };
        Some(Self {
            verb,
            threshold: threshold?,
            price: price?,
            at: at?,
        })
    }
}
