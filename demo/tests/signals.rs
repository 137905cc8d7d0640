//! Whatever ends the demo ends its server: Perl scripts in the server's place.

#![expect(clippy::unwrap_used, reason = "tests, and what only tests call")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Says that it runs, and which signals it gets; ends at the second, or when its standard input closes. It looks at its input
/// again and again: a signal that comes just before it would wait for input must not wait with it.
const SERVER: &str = r#"
    $| = 1;
    for my $signal (qw(INT TERM HUP)) {
        $SIG{$signal} = sub { print "$signal\n"; exit 7 if ++$count == 2 };
    }
    print "up\n";
    1 until select(my $readable = "\x01", undef, undef, 0.05) > 0;
    <STDIN>;
    print "closed\n";
"#;

fn start() -> (Child, BufReader<ChildStdout>) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(["--url", "http://127.0.0.1:1", "--", "perl", "-e", SERVER])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(demo.stdout.take().unwrap());
    assert_eq!(line(&mut output), "up");
    (demo, output)
}

fn line(output: &mut impl BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn send(demo: &Child, signal: Signal) {
    let process = Pid::from_raw(i32::try_from(demo.id()).unwrap()).unwrap();
    kill_process(process, signal).unwrap();
}

#[test]
fn signals_are_passed_on_each_once_and_the_server_is_waited_for() {
    for (signal, name) in [
        (Signal::INT, "INT"),
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
    ] {
        let (mut demo, mut output) = start();
        for _ in 0..2 {
            send(&demo, signal);
            assert_eq!(line(&mut output), name);
        }
        assert_eq!(demo.wait().unwrap().code(), Some(7));
    }
}

#[test]
fn a_demo_that_is_killed_takes_its_server_along() {
    // No SIGQUIT: whoever runs the tests may have it ignored, as shells do for what they start in the background.
    for signal in [Signal::KILL, Signal::ABORT, Signal::USR1] {
        let (mut demo, mut output) = start();
        send(&demo, signal);
        assert!(!demo.wait().unwrap().success());
        // The server held the other end.
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "closed\n");
    }
}
