use app::Result;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::Tick;
use dynamodb::{Item, Updated, number, send, text};

use super::DynamoTicks;
use crate::fault::{fault, unreadable};

/// The item that says who drives the ticks and how far they have come.
const TICKER_PK: &str = "ticker";
const LAST_TICK: &str = "last_tick";

impl DynamoTicks {
    pub(super) async fn take_lease(&self, owner: &str) -> Result<Option<Tick>> {
        let update = self
            .update_ticker(owner)
            .update_expression("SET #owner = :me")
            .return_values(ReturnValue::AllNew);
        let (Updated::Done(item) | Updated::Refused(Some(item))) =
            send(update).await.map_err(fault)?
        else {
            return Ok(None);
        };
        let Some(last) = item.get(LAST_TICK) else {
            return Ok(None);
        };
        let last = last.as_n().ok().and_then(|digits| digits.parse().ok());
        last.map(|tick| Some(Tick(tick)))
            .ok_or_else(|| unreadable("reading who drives the ticks", LAST_TICK).into())
    }

    pub(super) async fn holds_lease(&self, owner: &str) -> Result<bool> {
        // A write that changes nothing: the function may update the table and never read it.
        if_held(
            self.update_ticker(owner)
                .update_expression("SET #owner = :me"),
        )
        .await
    }

    pub(super) async fn finish_as_owner(&self, owner: &str, tick: Tick) -> Result<bool> {
        let update = self
            .update_ticker(owner)
            .update_expression("SET last_tick = :tick")
            .expression_attribute_values(":tick", number(tick.get()));
        if_held(update).await
    }
}

/// Makes an update on the condition that the ticks have not changed hands. `false` if they have.
async fn if_held(update: UpdateItemFluentBuilder) -> Result<bool> {
    let update = update.condition_expression("#owner = :me");
    Ok(send(update).await.map_err(fault)?.is_done())
}

impl DynamoTicks {
    fn update_ticker(&self, owner: &str) -> UpdateItemFluentBuilder {
        let key = Item::from([("pk".to_owned(), text(TICKER_PK))]);
        self.users
            .update(key)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(owner))
    }
}
