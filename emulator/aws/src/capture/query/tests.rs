use super::*;

#[test]
fn an_email_is_read_with_its_tags() {
    let call = read(
        b"Action=SendEmail&Version=2010-12-01&Source=Shop+%3Chello%40example.com%3E\
          &Destination.ToAddresses.member.1=ada%40example.com\
          &Message.Subject.Data=Hi&Message.Body.Text.Data=plain\
          &Message.Body.Html.Data=%3Cb%3Erich%3C%2Fb%3E\
          &Tags.member.1.Name=kind&Tags.member.1.Value=welcome",
    )
    .unwrap();
    assert_eq!(call.action, Action::SendEmail);
    insta::assert_json_snapshot!(call.message, @r#"
    {
      "kind": "email",
      "to": "ada@example.com",
      "from": "Shop <hello@example.com>",
      "subject": "Hi",
      "text": "plain",
      "html": "<b>rich</b>",
      "attributes": {
        "kind": "welcome"
      }
    }
    "#);
}

#[test]
fn a_text_message_is_read_with_its_attributes_in_any_order() {
    let call = read(
        b"Action=Publish&PhoneNumber=%2B4930901820&Message=rose\
          &MessageAttributes.entry.1.Name=b&MessageAttributes.entry.1.Value.StringValue=2\
          &MessageAttributes.entry.2.Name=a&MessageAttributes.entry.2.Value.StringValue=1",
    )
    .unwrap();
    assert_eq!(call.message.to, "+4930901820");
    let attributes: Vec<_> = call.message.attributes.into_iter().collect();
    assert_eq!(
        attributes,
        [("a".into(), "1".into()), ("b".into(), "2".into())]
    );
}

#[test]
fn what_is_unknown_or_missing_is_refused() {
    let code = |body: &[u8]| read(body).unwrap_err().code;
    assert_eq!(code(b"Action=DeleteTopic"), "InvalidAction");
    assert_eq!(code(b""), "InvalidAction");
    assert_eq!(code(b"Action=Publish&Message=m"), "InvalidParameterValue");
    assert_eq!(
        code(b"Action=Publish&TopicArn=t&Message=m"),
        "InvalidParameter"
    );
    for destination in [
        "",
        "&Destination.ToAddresses.member.1=b&Destination.CcAddresses.member.1=c",
    ] {
        let email = format!("Action=SendEmail&Source=a&Message.Body.Text.Data=t{destination}");
        assert_eq!(code(email.as_bytes()), "InvalidParameterValue");
    }
}
