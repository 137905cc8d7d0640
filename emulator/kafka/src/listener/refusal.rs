//! Admin APIs that have room for a reason in their answers: the embedded broker has none of them, and says so there.

use std::io;

use bytes::{Bytes, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResult;
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::{
    ApiKey, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, DescribeConfigsRequest,
    DescribeConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::protocol::{RequestStart, api_name, body, response};

/// The APIs that [`refuse`] answers.
pub(super) const REFUSED: [ApiKey; 5] = [
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::CreatePartitions,
    ApiKey::DescribeConfigs,
    ApiKey::IncrementalAlterConfigs,
];

/// The answer to such a request: the same for everything that it names. `None` for other APIs.
pub(super) fn refuse(
    start: RequestStart,
    request: &BytesMut,
    hint: &str,
) -> io::Result<Option<Bytes>> {
    let Ok(api) = ApiKey::try_from(start.api) else {
        return Ok(None);
    };
    let reason = reason(api, hint);
    let answer = match api {
        ApiKey::CreateTopics => response(
            start,
            &create_topics(body(request, start.version)?, &reason),
        ),
        ApiKey::DeleteTopics => response(
            start,
            &delete_topics(body(request, start.version)?, &reason),
        ),
        ApiKey::CreatePartitions => response(
            start,
            &create_partitions(body(request, start.version)?, &reason),
        ),
        ApiKey::DescribeConfigs => response(
            start,
            &describe_configs(body(request, start.version)?, &reason),
        ),
        ApiKey::IncrementalAlterConfigs => response(
            start,
            &alter_configs(body(request, start.version)?, &reason),
        ),
        _ => return Ok(None),
    };
    answer.map(Some)
}

const CODE: i16 = ResponseError::UnsupportedVersion.code();

fn reason(api: ApiKey, hint: &str) -> StrBytes {
    let api = api_name(api as i16);
    StrBytes::from_string(format!(
        "The emulator's embedded broker has no {api}: its topics are those of the template. {hint}"
    ))
}

fn create_topics(request: CreateTopicsRequest, reason: &StrBytes) -> CreateTopicsResponse {
    let refused = request.topics.into_iter().map(|topic| {
        CreatableTopicResult::default()
            .with_name(topic.name)
            .with_error_code(CODE)
            .with_error_message(Some(reason.clone()))
    });
    CreateTopicsResponse::default().with_topics(refused.collect())
}

fn delete_topics(request: DeleteTopicsRequest, reason: &StrBytes) -> DeleteTopicsResponse {
    let result = || {
        DeletableTopicResult::default()
            .with_error_code(CODE)
            .with_error_message(Some(reason.clone()))
    };
    let named = request.topic_names.into_iter();
    let named = named.map(|name| result().with_name(Some(name)));
    // From version 6 on a topic is known by either.
    let known = request.topics.into_iter();
    let known = known.map(|topic| result().with_name(topic.name).with_topic_id(topic.topic_id));
    DeleteTopicsResponse::default().with_responses(named.chain(known).collect())
}

fn create_partitions(
    request: CreatePartitionsRequest,
    reason: &StrBytes,
) -> CreatePartitionsResponse {
    let refused = request.topics.into_iter().map(|topic| {
        CreatePartitionsTopicResult::default()
            .with_name(topic.name)
            .with_error_code(CODE)
            .with_error_message(Some(reason.clone()))
    });
    CreatePartitionsResponse::default().with_results(refused.collect())
}

fn describe_configs(request: DescribeConfigsRequest, reason: &StrBytes) -> DescribeConfigsResponse {
    let refused = request.resources.into_iter().map(|resource| {
        DescribeConfigsResult::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name)
            .with_error_code(CODE)
            .with_error_message(Some(reason.clone()))
    });
    DescribeConfigsResponse::default().with_results(refused.collect())
}

fn alter_configs(
    request: IncrementalAlterConfigsRequest,
    reason: &StrBytes,
) -> IncrementalAlterConfigsResponse {
    let refused = request.resources.into_iter().map(|resource| {
        AlterConfigsResourceResponse::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name)
            .with_error_code(CODE)
            .with_error_message(Some(reason.clone()))
    });
    IncrementalAlterConfigsResponse::default().with_responses(refused.collect())
}
