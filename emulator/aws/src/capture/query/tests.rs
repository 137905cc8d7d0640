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
        let email =
            format!("Action=SendEmail&Source=a@example.com&Message.Body.Text.Data=t{destination}");
        assert_eq!(code(email.as_bytes()), "InvalidParameterValue");
    }
}

/// The code with which an email from one address to another is refused, if it is.
fn refusal(from: &str, to: &str, tag: &str) -> Option<&'static str> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "SendEmail")
        .append_pair("Source", from)
        .append_pair("Destination.ToAddresses.member.1", to)
        .append_pair("Message.Subject.Data", "Hi")
        .append_pair("Message.Body.Text.Data", "plain")
        .append_pair("Tags.member.1.Name", "kind")
        .append_pair("Tags.member.1.Value", tag)
        .finish();
    read(form.as_bytes()).err().map(|error| error.code)
}

#[test]
fn addresses_and_tags_are_what_ses_takes() {
    let good = "ada@example.com";
    for address in [
        good,
        "Shop <hello@example.com>",
        "ada@xn--bcher-kva.example",
        "a+b@mail.example.com",
    ] {
        assert_eq!(refusal(address, good, "a"), None, "{address}");
        assert_eq!(refusal(good, address, "a"), None, "{address}");
    }
    let long = format!("{}@example.com", "a".repeat(65));
    for address in [
        "dån@example.com",
        "ada@bücher.example",
        "Bücher <hello@example.com>",
        "ada",
        "ada@",
        "@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@localhost",
        "ada @example.com",
        "ada@example.com, bob@example.com",
        "ada@example.com\r\nBcc: bob@example.com",
        &long,
    ] {
        let code = Some("InvalidParameterValue");
        assert_eq!(refusal(address, good, "a"), code, "{address}");
        assert_eq!(refusal(good, address, "a"), code, "{address}");
    }
    for tag in ["", "a b", "ü", &"a".repeat(257)] {
        assert_eq!(refusal(good, good, tag), Some("InvalidParameterValue"));
    }
}

#[test]
fn numbers_and_texts_are_what_sns_takes() {
    let refusal = |number: &str, text: &str| {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "Publish")
            .append_pair("PhoneNumber", number)
            .append_pair("Message", text)
            .finish();
        read(form.as_bytes()).err().map(|error| error.code)
    };
    assert_eq!(refusal("+4930901820", &"a".repeat(1_600)), None);
    for number in [
        "4930901820",
        "+0930901820",
        "+49 30901820",
        "+",
        "+1234567890123456",
    ] {
        assert_eq!(refusal(number, "a"), Some("InvalidParameter"), "{number}");
    }
    let long = "é".repeat(801);
    assert_eq!(refusal("+4930901820", &long), Some("InvalidParameter"));
}
