use std::time::Duration;

use tokio::time::Instant;

use super::batch::RegistrationBatch;
use super::shares::share_registrations;
use super::{FanOut, FanOutState, FanoutReport, Newcomer, whole};
use crate::audience::AudienceShard;
use crate::error::Result;

impl FanOut {
    /// Sends registrations to the connections that subscribed to them. One that this process has sent is left
    /// out: a batch that is delivered twice, because something else in it failed, is sent once.
    /// `now_ms` is the present instant in Unix milliseconds.
    ///
    /// # Errors
    /// If the audience or operations can't be read. Nothing has been sent then, and the batch should be tried again.
    pub async fn fan_out_registrations(
        &self,
        mut newcomers: Vec<Newcomer>,
        now_ms: u64,
    ) -> Result<FanoutReport> {
        let start = Instant::now();
        let records = newcomers.len();
        let mut state = self.state.lock().await;
        let FanOutState {
            cache,
            watermarks,
            removals,
        } = &mut *state;
        newcomers.sort_by_key(|newcomer| newcomer.user_id);
        newcomers.dedup_by_key(|newcomer| newcomer.user_id);
        newcomers.retain(|newcomer| !watermarks.registrations.contains(&newcomer.user_id));
        let Some(newest) = newcomers.last() else {
            let repeated = records;
            return Ok(FanoutReport {
                records,
                repeated,
                ..FanoutReport::default()
            });
        };
        let lateness = now_ms.saturating_sub(newest.registered_at_ms);

        let shards: Vec<_> = whole(AudienceShard::Registrations).collect();
        let mut report = FanoutReport {
            records,
            repeated: records - newcomers.len(),
            lateness: Duration::from_millis(lateness),
            ..FanoutReport::default()
        };
        self.refresh(cache, &shards, &mut report).await?;
        let batch = RegistrationBatch {
            newcomers: &newcomers,
            encode: self.deliverer.encode(),
        };
        let shares = share_registrations(cache);
        let state = (&*cache, removals);
        self.deliverer
            .deliver(state, &batch, shares, now_ms, &mut report)
            .await?;
        for newcomer in newcomers {
            watermarks.registrations.insert(newcomer.user_id);
        }
        report.took = start.elapsed();
        Ok(report)
    }
}
