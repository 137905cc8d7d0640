/// What a batch of prices did to alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertReport {
    /// Alerts that the batch made fire.
    pub claimed: usize,
    /// Alerts that were firing before, because their user could not be told or a process died.
    pub taken_up: usize,
    /// Frames that were sent to users' connections.
    pub pushed: usize,
    /// Alerts whose notification was accepted.
    pub notified: usize,
    /// Alerts whose user wants no notification, only the frame.
    pub unwanted: usize,
    /// Alerts whose user could not be told and will not be.
    pub failed: usize,
    /// Alerts of users who no longer exist.
    pub departed: usize,
    /// Alerts that go on firing: the next batch takes them up.
    pub waiting: usize,
}

impl AlertReport {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
