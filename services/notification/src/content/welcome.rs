use askama::Template;
use domain::Price;
use notification_proto::v1;

use crate::fields::Fields;

/// To somebody who has just registered.
#[derive(Template)]
#[template(ext = "html", blocks = ["subject", "text", "html", "sms"], source = r#"
{% block subject %}Welcome to Fastfusion{% endblock %}
{% block text %}Hello,

you are a shareholder now. Your share starts at {{ opening_price }} and moves every five seconds.

Fastfusion{% endblock %}
{% block html %}<p>Hello,</p>
<p>you are a shareholder now. Your share starts at</p>
<p style="font-size:32px;font-weight:700;margin:8px 0">{{ opening_price }}</p>
<p>and moves every five seconds.</p>{% endblock %}
{% block sms %}Fastfusion: welcome! Your share starts at {{ opening_price }} and moves every five seconds.{% endblock %}
"#)]
pub(crate) struct Welcome {
    opening_price: Price,
}

impl Welcome {
    pub(super) fn read(wire: &v1::Welcome, fields: &mut Fields) -> Option<Self> {
        let price = fields.price("content.welcome.opening_price", &wire.opening_price);
        Some(Self {
            opening_price: price?,
        })
    }
}
