use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_sdk_dynamodb::operation::get_item::GetItemError;

use super::*;

fn answered(status: u16, code: Option<&str>) -> Error {
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    let response = HttpResponse::new(status.try_into().unwrap(), "".into());
    let error = GetItemError::generic(metadata.build());
    SdkError::service_error(error, response).into()
}

#[test]
fn what_passes_is_told_from_what_does_not() {
    for passing in [
        answered(400, Some("ThrottlingException")),
        answered(500, Some("InternalServerError")),
        answered(503, None),
    ] {
        assert!(matches!(passing, Error::Unavailable(_)), "{passing:?}");
    }
    for lasting in [
        answered(400, Some("ValidationException")),
        answered(400, None),
    ] {
        assert!(matches!(lasting, Error::Rejected(_)), "{lasting:?}");
    }
}
