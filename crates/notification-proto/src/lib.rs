//! The notification service's contract, generated from `proto/`: messages, client, server, descriptors.
//!
//! It adds nothing by hand.

/// `fastfusion.notification.v1`.
pub mod v1 {
    #![allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated")]

    tonic::include_proto!("fastfusion.notification.v1");

    /// The package's file descriptor set with its imports, for reflection.
    pub const FILE_DESCRIPTOR_SET: &[u8] =
        include_bytes!(concat!(env!("OUT_DIR"), "/notification.bin"));
}
