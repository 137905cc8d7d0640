//! What users are told, in the words of the contract.

use app::notifications::Content;
use domain::alert::Crossing;
use notification_proto::v1;
use notification_proto::v1::content::Template;
use prost_types::Timestamp;

pub(super) fn content(content: &Content) -> v1::Content {
    let template = match content {
        Content::Welcome { opening_price } => Template::Welcome(v1::Welcome {
            opening_price: opening_price.to_string(),
        }),
        Content::SnapshotSaved { snapshot } => Template::SnapshotSaved(v1::SnapshotSaved {
            snapshot_id: snapshot.id.to_string(),
            price: snapshot.price.to_string(),
            price_time: Some(timestamp(snapshot.id.requested_at_ms())),
        }),
        Content::PriceAlert { condition, crossed } => Template::PriceAlert(v1::PriceAlert {
            crossing: match condition.crossing {
                Crossing::Above => v1::Crossing::Above,
                Crossing::Below => v1::Crossing::Below,
            }
            .into(),
            threshold: condition.threshold.to_string(),
            price: crossed.price.to_string(),
            price_time: Some(timestamp(crossed.tick.starts_at_ms())),
        }),
    };
    v1::Content {
        template: Some(template),
    }
}

fn timestamp(unix_ms: u64) -> Timestamp {
    Timestamp {
        seconds: i64::try_from(unix_ms / 1000).unwrap_or(i64::MAX),
        nanos: i32::try_from(unix_ms % 1000 * 1_000_000)
            .expect("BUG: less than a second in nanoseconds fits into an i32"),
    }
}

#[cfg(test)]
mod tests;
