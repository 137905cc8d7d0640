"""Deploys template.yaml to an emulator of AWS, without Docker, and keeps it running until Ctrl-C: `make localstack`."""

import argparse
import pathlib
import signal
import sys
import threading

from deployment import Deployment, Ports


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="directory for logs and what Kafka keeps")
    parser.add_argument("--aws-port", type=int, default=4566)
    parser.add_argument("--kafka-port", type=int, default=9092)
    parser.add_argument("--notification-port", type=int, default=8002)
    return parser.parse_args()


def main() -> int:
    args = arguments()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    args.work.mkdir(parents=True, exist_ok=True)
    print("Deploying template.yaml, which takes a minute or two. Ctrl-C stops it once it runs.", flush=True)
    deployment = Deployment(args.work, Ports(args.aws_port, args.kafka_port, args.notification_port))
    try:
        rest = f"http://{deployment.rest_host()}:{args.aws_port}/live"
        print(
            f"\n  REST       {rest}\n"
            f"  WebSocket  {deployment.feed_url('ws')}\n"
            f"  AWS        {deployment.endpoint}\n"
            f"  Kafka      {deployment.kafka.bootstrap}\n"
            f"  Logs       {args.work}\n\n"
            f"  Try        curl {rest}/health\n",
            flush=True,
        )
        while not stop.wait(1):
            for process in deployment.running:
                if process.child.poll() is not None:
                    print(f"{process.name} ended with {process.child.returncode}:\n{process.last_words()}", file=sys.stderr)
                    return 1
        print("\nstopping", flush=True)
        return 0
    finally:
        deployment.stop()


if __name__ == "__main__":
    sys.exit(main())
