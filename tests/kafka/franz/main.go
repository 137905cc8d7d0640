// A Kafka client made of franz-go, for the tests: one operation for each run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const usage = `usage: franz ADDRESS topics
       franz ADDRESS produce TOPIC KEY VALUE none|gzip|snappy|lz4|zstd
       franz ADDRESS consume TOPIC GROUP
       franz ADDRESS create TOPIC
       franz ADDRESS delete TOPIC`

// Every operation ends by then.
const patience = 90 * time.Second

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New(usage)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	broker := kgo.SeedBrokers(arguments[0])
	switch operation, rest := arguments[1], arguments[2:]; {
	case operation == "topics" && len(rest) == 0:
		return topics(ctx, broker)
	case operation == "produce" && len(rest) == 4:
		return produce(ctx, broker, rest[0], rest[1], rest[2], rest[3])
	case operation == "consume" && len(rest) == 2:
		return consume(ctx, broker, rest[0], rest[1])
	case (operation == "create" || operation == "delete") && len(rest) == 1:
		return administer(ctx, broker, operation, rest[0])
	}
	return errors.New(usage)
}

func topics(ctx context.Context, broker kgo.Opt) error {
	client, err := kgo.NewClient(broker)
	if err != nil {
		return err
	}
	defer client.Close()
	listed, err := kadm.NewClient(client).ListTopics(ctx)
	for _, name := range listed.Names() {
		fmt.Println(name)
	}
	return err
}

func produce(ctx context.Context, broker kgo.Opt, topic, key, value, compression string) error {
	codec, known := codecs[compression]
	if !known {
		return errors.New(usage)
	}
	client, err := kgo.NewClient(broker, kgo.ProducerBatchCompression(codec))
	if err != nil {
		return err
	}
	defer client.Close()
	record := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(value)}
	return client.ProduceSync(ctx, record).FirstErr()
}

// consume prints the values of the topic's records as they come, and commits them.
func consume(ctx context.Context, broker kgo.Opt, topic, group string) error {
	start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	client, err := kgo.NewClient(broker, kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), start)
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return err
		}
		fetches.EachError(func(topic string, partition int32, err error) {
			fmt.Fprintf(os.Stderr, "%s-%d: %v\n", topic, partition, err)
		})
		fetches.EachRecord(func(record *kgo.Record) { fmt.Println(string(record.Value)) })
		if err := client.CommitUncommittedOffsets(ctx); err != nil {
			return err
		}
	}
}

func administer(ctx context.Context, broker kgo.Opt, operation, topic string) error {
	client, err := kgo.NewClient(broker)
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if operation == "delete" {
		deleted, err := admin.DeleteTopic(ctx, topic)
		if err == nil {
			err = deleted.Err
		}
		return explained(err, deleted.ErrMessage)
	}
	created, err := admin.CreateTopic(ctx, 1, 1, nil, topic)
	return explained(err, created.ErrMessage)
}

func explained(err error, message string) error {
	if err == nil || message == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, message)
}
