//! The web site that the front door serves beside the APIs.

use std::path::{Path, PathBuf};

use anyhow::Result;
use emulator_gateway::{Site, SiteHeaders};
use tracing::warn;

use crate::args::Args;

/// Where the headers are, beside the directory of the site, unless the command line says otherwise.
const HEADERS: &str = "headers.json";

/// The site that the command line names.
///
/// # Errors
/// If its headers can't be read, or one of them can't be sent.
pub(super) fn open(args: &Args) -> Result<Option<Site>> {
    let Some(dir) = &args.site else {
        return Ok(None);
    };
    let headers = match args.site_headers.clone().or_else(|| beside(dir)) {
        Some(file) => SiteHeaders::read(&file)?,
        None => SiteHeaders::default(),
    };
    Ok(Some(Site::new(dir, headers, &args.site_missing)))
}

/// Says whether there is nothing to serve yet.
pub(super) async fn report(args: &Args, site: Option<&Site>) {
    if let (Some(site), Some(dir)) = (site, &args.site)
        && !site.is_built().await
    {
        let dir = dir.display();
        warn!(
            "the site at {dir} is not built (it has no index.html): its pages say so until it is"
        );
    }
}

fn beside(dir: &Path) -> Option<PathBuf> {
    let headers = std::path::absolute(dir).ok()?.with_file_name(HEADERS);
    headers.exists().then_some(headers)
}
