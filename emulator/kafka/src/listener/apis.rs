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

/// Those that are read on the way: they must be of a version that can be.
const READ: [ApiKey; 4] = [
    ApiKey::ApiVersions,
    ApiKey::Produce,
    ApiKey::Metadata,
    ApiKey::FindCoordinator,
];

/// The versions that the mock gets right (as of 2.12), where it says it has others. It answers `Produce` 5 without a field; of the
/// rest it reads no tagged fields, and one member to leave: there it goes as far as librdkafka's own client.
const SOUND: [(ApiKey, i16, i16); 6] = [
    (ApiKey::Produce, 6, i16::MAX),
    (ApiKey::JoinGroup, 0, 5),
    (ApiKey::SyncGroup, 0, 3),
    (ApiKey::Heartbeat, 0, 3),
    (ApiKey::LeaveGroup, 0, 1),
    (ApiKey::FindCoordinator, 0, 2),
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
    pub fn miss(&self, api: i16, version: i16, client: &str, hint: &str) {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.insert(api) {
            warn!(
                client,
                "a Kafka client asked for {} version {version}, which the embedded broker does not have. {hint}",
                api_name(api)
            );
        }
    }
}

fn sound(version: ApiVersion) -> ApiVersion {
    let mut known = SOUND.into_iter();
    let Some((_, min, max)) = known.find(|(api, ..)| *api as i16 == version.api_key) else {
        return version;
    };
    let (min, max) = (min.max(version.min_version), max.min(version.max_version));
    version.with_min_version(min).with_max_version(max)
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
