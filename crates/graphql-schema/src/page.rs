use app::analytics::{PageLimit, PageLimitError};

/// How many elements of a page are asked for.
pub(crate) fn page_limit(first: Option<i32>) -> Result<PageLimit, PageLimitError> {
    first.map_or(Ok(PageLimit::default()), |first| first.to_string().parse())
}

/// What a page costs whose elements cost so much each. A page that is too long is refused later.
pub(crate) fn page_cost(first: Option<i32>, each: usize) -> usize {
    let limit = page_limit(first).map_or(PageLimit::MAX, PageLimit::get);
    usize::from(limit).saturating_mul(each)
}
