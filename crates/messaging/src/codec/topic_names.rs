use super::Topic;

/// What topics are called in the cluster: stacks that share one give their topics a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicNames {
    prefix: String,
    /// With the prefix, in the order of [`Topic::ALL`]; none if there is no prefix.
    prefixed: Vec<String>,
}

impl TopicNames {
    /// Names that begin like this. Without a prefix they are those of [`Topic::name`].
    #[must_use]
    pub fn with_prefix(prefix: &str) -> Self {
        if prefix.is_empty() {
            return Self::default();
        }
        let topics = Topic::ALL.iter();
        Self {
            prefix: prefix.to_owned(),
            prefixed: topics
                .map(|topic| format!("{prefix}{}", topic.name()))
                .collect(),
        }
    }

    /// What a topic is called.
    #[must_use]
    pub fn name(&self, topic: Topic) -> &str {
        let position = Topic::ALL.iter().position(|known| *known == topic);
        let prefixed = position.and_then(|position| self.prefixed.get(position));
        prefixed.map_or(topic.name(), String::as_str)
    }

    /// The topic that is called so.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<Topic> {
        Topic::from_name(name.strip_prefix(self.prefix.as_str())?)
    }

    /// Whether topics are called as they are in the template.
    pub(crate) fn is_plain(&self) -> bool {
        self.prefix.is_empty()
    }
}
