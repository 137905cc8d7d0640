//! Every limit of the feed that a client can meet, in one place. `docs/websocket-feed.md` repeats them.

/// A client that did not authenticate when it connected has this long to send `auth`.
pub const AUTH_TIMEOUT_MS: u64 = 10_000;

/// From one ping of ours to the next on a connection that speaks GraphQL: API Gateway ends one on which nothing has
/// been said for ten minutes.
pub const PING_PERIOD_MS: u64 = 5 * 60 * 1_000;

/// When what is stored about a connection may be forgotten, counted from connecting: API Gateway ends a
/// connection after two hours; the rest is for clocks and for cleaning up in the ordinary way first.
pub const CONNECTION_TTL_SECS: u64 = 2 * 3600 + 600;

/// The longest message that is looked at, in bytes. One hundred user ids need 4 KiB.
pub const MAX_MESSAGE_BYTES: usize = 8 * 1024;

/// The span over which messages of a connection are counted.
pub const MESSAGE_WINDOW_MS: u64 = 5_000;
/// Messages that a connection may send within a window; more are refused.
pub const MESSAGES_PER_WINDOW: u64 = 50;
/// Messages within a window that end the connection.
pub const MESSAGES_TO_DISCONNECT: u64 = 10 * MESSAGES_PER_WINDOW;

/// The users that one subscription may name.
pub const MAX_USERS: usize = 100;
/// The subscriptions that one connection may hold.
pub const MAX_SUBSCRIPTIONS: u64 = 20;
/// The longest subscription id, in characters.
pub const MAX_ID_CHARS: usize = 64;
/// The largest `every`: one tick an hour.
pub const MAX_EVERY: u32 = 720;

/// How far back a replay reaches, in ticks: 24 hours.
pub const REPLAY_TICKS: u64 = 17_280;
/// The prices that one replay holds at most, some 2.4 MB on the wire.
pub const REPLAY_PRICES: u64 = 50_000;
/// How far back a replay of market summaries reaches, in ticks: one hour. A summary has up to
/// 2.3 KB, so this is about as much as a replay of prices.
pub const REPLAY_SUMMARIES: u64 = 720;
/// The prices that the summaries of one replay are computed from at most: about a second's work.
pub const REPLAY_SUMMARY_PRICES: u64 = 2_000_000;

/// The results that a replay to a GraphQL operation holds at most: there is one for each tick, and each is a message.
/// One hour of every tick.
pub const REPLAY_RESULTS: u64 = 720;
/// The longest message of a GraphQL client, in bytes: as long as a request over HTTP may be, and its envelope.
pub const MAX_OPERATION_BYTES: usize = 17 * 1024;
/// How long it is remembered that a client has ended an operation of which nothing was known yet, in seconds: its
/// message may be handled before the one that it is about.
pub const ENDED_SECS: u64 = 15;

/// The least time between deciding from which tick a subscription is live and that tick. Within it the
/// subscription must be stored, acknowledged and given its snapshot.
pub const JOIN_LEAD_MS: u64 = 500;
/// How much further ahead a subscription goes live for each shard beyond the first that it is stored in.
pub const JOIN_LEAD_PER_SHARD_MS: u64 = 10;
/// How much further ahead a subscription goes live for each 600 prices of its replay: what one frame of
/// 32 KB holds, and what one post through API Gateway takes at worst in ordinary times.
pub const JOIN_LEAD_PER_FRAME_MS: u64 = 50;
/// Prices in one frame of 32 KB, roughly.
pub const PRICES_PER_FRAME: u64 = 600;
/// The furthest ahead that a subscription goes live: the invocation that handles it lasts until then, and
/// API Gateway waits for it no longer than 29 seconds.
pub const JOIN_LEAD_AT_MOST_MS: u64 = 15_000;
/// A subscription is acknowledged at the latest this long before its first live tick, even if entering it in the
/// audience still takes: the acknowledgement must not come after a live price.
pub const JOIN_ACK_MS: u64 = 250;
/// A subscription entered in the audience later than this before its first live tick may miss that, because the
/// fan-out's clock may be ahead of ours.
pub const JOIN_GUARD_MS: u64 = 100;
/// A subscription whose adding took longer is refused: its first live tick would come after the 29 seconds that API
/// Gateway waits.
pub const JOIN_STORE_AT_MOST_MS: u64 = 8_000;
/// How much further ahead subscriptions go live at most because storing the one before took long. What storing the
/// subscription itself took counts in full.
pub const JOIN_LEAD_FOR_STORE_MS: u64 = 3_000;

/// How long sending one message to the client is tried.
pub const SEND_BUDGET: std::time::Duration = std::time::Duration::from_secs(3);
