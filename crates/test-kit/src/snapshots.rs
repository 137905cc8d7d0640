use app::snapshots::{Snapshots, Stored};
use domain::{SavedSnapshot, Statistics};

/// Saves snapshots one after the other, as the snapshot writer does.
pub async fn save_snapshots(snapshots: &dyn Snapshots, all: &[SavedSnapshot]) {
    for saved in all {
        let user = saved.snapshot.user_id;
        let seen = snapshots.statistics(user).await.expect("statistics");
        let new = seen.map_or_else(
            || Statistics::of_first(saved.snapshot),
            |seen| seen.with(saved.snapshot),
        );
        let stored = snapshots.store_snapshot(saved, seen.as_ref(), &new).await;
        assert_eq!(stored.expect("stored"), Stored::Done);
    }
}
