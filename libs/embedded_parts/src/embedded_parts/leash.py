"""Start a command that dies with its starter: run as a script, by path, so that nothing of the package is imported.

    python -I -S leash.py <starter's process id> <death signal> <user id or -1> <group id or -1> command...

It gives up root when a user is named, asks the kernel for the death signal (Linux), and becomes the command. It is a
program rather than a `preexec_fn` because the starter has threads, and Python code between fork and exec of a
threaded process may wait for ever on a lock that no thread is left to release.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    starter, death_signal, user, group = (int(word) for word in arguments[:4])
    if user >= 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
        os.umask(0o077)
    if sys.platform == "linux":
        # After setuid: a change of credentials clears the death signal.
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
        if os.getppid() != starter:
            sys.exit("The starter ended before the command began.")
    command = arguments[4:]
    try:
        os.execv(command[0], command)  # noqa: S606 - the command is ours, and a shell is not wanted
    except OSError as failure:
        sys.exit(f"{command[0]}: {failure.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
