//! Services as the emulator keeps them running: shell scripts in their place.

#![expect(clippy::unwrap_used, reason = "tests, and what only tests call")]

use std::path::Path;
use std::time::Duration;

use emulator_runtime::{RuntimeOptions, ServiceStatus, Services, StartError, Supervisor};
use emulator_template::model::Service;
use indexmap::IndexMap;

/// Starts the script `tests/services/{script}` as a service. They are not written by the test: a file that is still open for
/// writing, in a process that another test forks, can't be started.
fn start(dir: &Path, script: &str) -> Services {
    try_start(dir, script).unwrap()
}

fn try_start(dir: &Path, script: &str) -> Result<Services, StartError> {
    let service = Service {
        name: script.to_owned(),
        port: 8002,
        environment: [("DIR".to_owned(), dir.display().to_string())].into(),
        health_check: vec!["check".to_owned()],
    };
    let options = RuntimeOptions {
        bin_dir: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/services").into(),
        environment: IndexMap::new(),
        endpoints: Default::default(),
        idle: Duration::ZERO,
        init: Duration::ZERO,
    };
    let declared = [(service, "127.0.0.1:8002".to_owned())];
    Services::start(&declared, &options, &Supervisor::start(None)?)
}

fn status(services: &Services) -> ServiceStatus {
    services.status().remove(0)
}

#[tokio::test]
async fn a_killed_service_is_started_again() {
    let dir = tempfile::tempdir().unwrap();
    let services = start(dir.path(), "steady");
    services.healthy().await.unwrap();
    assert_eq!(
        (status(&services).running, status(&services).restarts),
        (true, 0)
    );

    std::fs::remove_file(dir.path().join("up")).unwrap();
    assert_eq!(services.kill("steady").await, Some(1));
    let killed = status(&services);
    assert_eq!((killed.running, killed.restarts), (false, 1));
    assert!(killed.last_end.unwrap().contains("SIGKILL"));
    services.healthy().await.unwrap();
    assert!(status(&services).running);
    assert_eq!(services.kill("nothing").await, None);
    services.shutdown().await;
}

#[tokio::test]
async fn a_service_is_asked_to_stop() {
    let dir = tempfile::tempdir().unwrap();
    let services = start(dir.path(), "steady");
    services.healthy().await.unwrap();
    services.shutdown().await;
    assert!(dir.path().join("stopped").exists());
    let stopped = status(&services);
    assert_eq!((stopped.running, stopped.restarts), (false, 0));
}

#[tokio::test]
async fn a_service_that_ends_again_and_again_is_not_healthy() {
    let dir = tempfile::tempdir().unwrap();
    let services = start(dir.path(), "failing");
    let error = services.healthy().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "service failing is not healthy: it ended 3 times, the last with exit status: 7; its log says why"
    );
    services.shutdown().await;
}

#[tokio::test]
async fn a_missing_binary_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = try_start(dir.path(), "missing").err().unwrap();
    assert!(
        error.to_string().contains("has no missing: build with"),
        "{error}"
    );
}
