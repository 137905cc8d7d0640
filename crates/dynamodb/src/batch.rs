use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, WriteRequest};

use crate::retry::pauses;
use crate::{Error, Item, Result, Table};

/// What one BatchGetItem takes.
const GETS: usize = 100;
/// What one BatchWriteItem takes.
const WRITES: usize = 25;

impl Table {
    /// The items with these keys, each given once, as far as they exist; strongly consistent. With attributes
    /// given, these only.
    ///
    /// # Errors
    /// If a request fails, or part of a batch stays unprocessed.
    pub async fn get_all(&self, keys: &[Item], attributes: Option<&str>) -> Result<Vec<Item>> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(GETS) {
            self.get_batch(chunk.to_vec(), attributes, &mut found)
                .await?;
        }
        Ok(found)
    }

    async fn get_batch(
        &self,
        mut keys: Vec<Item>,
        attributes: Option<&str>,
        found: &mut Vec<Item>,
    ) -> Result<()> {
        let mut pauses = pauses();
        loop {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .set_projection_expression(attributes.map(str::to_owned))
                .consistent_read(true)
                .build()
                .expect("BUG: the keys are set");
            let get = self.client().batch_get_item();
            let got = get.request_items(self.name(), wanted).send().await?;
            let items = got.responses.and_then(|mut all| all.remove(self.name()));
            found.extend(items.unwrap_or_default());
            let unprocessed = got.unprocessed_keys;
            let unprocessed = unprocessed.and_then(|mut all| all.remove(self.name()));
            keys = unprocessed.map(|wanted| wanted.keys).unwrap_or_default();
            if keys.is_empty() {
                return Ok(());
            }
            pause(&mut pauses).await?;
        }
    }

    /// Deletes the items with these keys, those that are there.
    ///
    /// # Errors
    /// If a request fails, or part of a batch stays unprocessed.
    pub async fn delete_all(&self, keys: impl IntoIterator<Item = Item>) -> Result<()> {
        let delete = |key| {
            let delete = DeleteRequest::builder().set_key(Some(key)).build();
            let delete = delete.expect("BUG: the key is set");
            WriteRequest::builder().delete_request(delete).build()
        };
        let deletes: Vec<WriteRequest> = keys.into_iter().map(delete).collect();
        for chunk in deletes.chunks(WRITES) {
            self.write_batch(chunk.to_vec()).await?;
        }
        Ok(())
    }

    async fn write_batch(&self, mut writes: Vec<WriteRequest>) -> Result<()> {
        let mut pauses = pauses();
        loop {
            let write = self.client().batch_write_item();
            let written = write.request_items(self.name(), writes).send().await?;
            let unprocessed = written.unprocessed_items;
            let unprocessed = unprocessed.and_then(|mut all| all.remove(self.name()));
            writes = unprocessed.unwrap_or_default();
            if writes.is_empty() {
                return Ok(());
            }
            pause(&mut pauses).await?;
        }
    }
}

async fn pause(pauses: &mut impl backon::Backoff) -> Result<()> {
    let pause = pauses.next();
    let pause = pause.ok_or_else(|| Error::busy("part of a batch stayed unprocessed"))?;
    tokio::time::sleep(pause).await;
    Ok(())
}
