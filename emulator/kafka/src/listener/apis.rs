//! Which APIs clients may use, and in which versions.

use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use futures_util::{SinkExt, TryStreamExt};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse};
use kafka_protocol::protocol::VersionRange;
use tokio::net::TcpStream;
use tracing::warn;

use super::protocol::{RequestStart, api_name, frames, read_response, request};
use super::refusal::REFUSED;

/// Those whose answers are made or changed on the way: they must be of a version that can be read.
const READ: [ApiKey; 3] = [
    ApiKey::ApiVersions,
    ApiKey::Metadata,
    ApiKey::FindCoordinator,
];

/// The newest versions that the mock can read, where it says it can read newer ones: it has no tagged fields of these requests, and
/// one member to leave. They are the newest that librdkafka's own client sends (as of 2.12).
const SOUND: [(ApiKey, i16); 5] = [
    (ApiKey::JoinGroup, 5),
    (ApiKey::SyncGroup, 3),
    (ApiKey::Heartbeat, 3),
    (ApiKey::LeaveGroup, 1),
    (ApiKey::FindCoordinator, 2),
];

/// What the broker has, and what is refused in its place.
#[derive(Debug)]
pub(super) struct Apis {
    versions: Vec<ApiVersion>,
    /// Those that clients asked for in vain: each is logged once.
    missed: Mutex<HashSet<i16>>,
}

impl Apis {
    /// Asks the broker at this address.
    pub async fn of(broker: SocketAddr) -> io::Result<Self> {
        let first = RequestStart {
            api: ApiKey::ApiVersions as i16,
            version: 0,
            correlation: 0,
        };
        let mut broker = frames(TcpStream::connect(broker).await?);
        broker
            .send(request(first, &ApiVersionsRequest::default())?)
            .await?;
        let Some(answer) = broker.try_next().await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let answer: ApiVersionsResponse = read_response(answer, first.version)?;
        let versions = answer.api_keys.into_iter().map(sound).map(readable);
        let refused = REFUSED.map(|api| version_of(api, api.valid_versions()));
        Ok(Self {
            versions: versions.chain(refused).collect(),
            missed: Mutex::default(),
        })
    }

    /// What the broker answers to `ApiVersions`. To a version that it doesn't know it says which it does, in the form of version 0
    /// (KIP-511).
    pub fn response(&self, version: i16) -> (ApiVersionsResponse, i16) {
        let has_version = self.have(ApiKey::ApiVersions as i16, version);
        let error = ResponseError::UnsupportedVersion.code();
        let (error, version) = if has_version {
            (0, version)
        } else {
            (error, 0)
        };
        let response = ApiVersionsResponse::default()
            .with_error_code(error)
            .with_api_keys(self.versions.clone());
        (response, version)
    }

    pub fn have(&self, api: i16, version: i16) -> bool {
        let mut versions = self.versions.iter();
        versions.any(|known| {
            known.api_key == api && (known.min_version..=known.max_version).contains(&version)
        })
    }

    /// Says in the log, once, who asked for what is not there.
    pub fn miss(&self, api: i16, version: i16, client: &str) {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.insert(api) {
            warn!(
                client,
                "a Kafka client asked for {} version {version}, which the embedded broker does not have: run a real broker and \
                 name it with --kafka",
                api_name(api)
            );
        }
    }
}

fn sound(version: ApiVersion) -> ApiVersion {
    let mut known = SOUND.into_iter();
    let Some((_, max)) = known.find(|(api, _)| *api as i16 == version.api_key) else {
        return version;
    };
    let max = max.min(version.max_version);
    version.with_max_version(max)
}

/// `ApiVersions` is answered here; of the others that are read here, what both can.
fn readable(version: ApiVersion) -> ApiVersion {
    let Some(api) = READ.into_iter().find(|api| *api as i16 == version.api_key) else {
        return version;
    };
    if api == ApiKey::ApiVersions {
        return version_of(api, api.valid_versions());
    }
    let has = VersionRange {
        min: version.min_version,
        max: version.max_version,
    };
    version_of(api, api.valid_versions().intersect(&has))
}

fn version_of(api: ApiKey, range: VersionRange) -> ApiVersion {
    ApiVersion::default()
        .with_api_key(api as i16)
        .with_min_version(range.min)
        .with_max_version(range.max)
}
