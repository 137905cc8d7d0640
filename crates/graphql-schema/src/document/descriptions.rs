//! The descriptions of operations, of their variables and of fragments, which the specification has had since September 2025.
//! Nobody who executes a document needs them, and apollo-parser 0.8 does not know them.

use std::borrow::Cow;

use apollo_parser::{Lexer, TokenKind};

/// The document without its descriptions: where they were there are blanks, so everything else stays where it is.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    if !text.contains('"') {
        return Cow::Borrowed(text);
    }
    let (tokens, _) = Lexer::new(text).lex();
    let tokens: Vec<_> = tokens
        .into_iter()
        .filter(|token| {
            !matches!(
                token.kind(),
                TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma
            )
        })
        .collect();
    let mut blanked = text.as_bytes().to_vec();
    let (mut parens, mut others) = (0_usize, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        match token.kind() {
            TokenKind::LParen => parens += 1,
            TokenKind::RParen => parens = parens.saturating_sub(1),
            TokenKind::LCurly | TokenKind::LBracket => others += 1,
            TokenKind::RCurly | TokenKind::RBracket => others = others.saturating_sub(1),
            TokenKind::StringValue if others == 0 => {
                let is_described = |kind| next.is_some_and(|next| next.kind() == kind);
                let before = at.checked_sub(1).and_then(|at| tokens.get(at));
                let is_value = before.is_some_and(|before| {
                    matches!(before.kind(), TokenKind::Eq | TokenKind::Colon)
                });
                let is_description = match parens {
                    0 => next.is_some_and(|next| {
                        matches!(
                            next.data(),
                            "query" | "mutation" | "subscription" | "fragment"
                        )
                    }),
                    1 => is_described(TokenKind::Dollar) && !is_value,
                    _ => false,
                };
                if is_description {
                    let bytes = &mut blanked[token.index()..token.index() + token.data().len()];
                    bytes
                        .iter_mut()
                        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
                        .for_each(|byte| *byte = b' ');
                }
            }
            _ => {}
        }
    }
    // Strings end where characters do, so what is blanked is whole characters.
    String::from_utf8(blanked).map_or(Cow::Borrowed(text), Cow::Owned)
}
