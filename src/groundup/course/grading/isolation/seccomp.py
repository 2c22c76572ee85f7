"""A system call filter: no sockets, no new processes, no signals to others, nothing that changes the machine.

It also refuses what Landlock has no rules for: modes, owners and times of files, the pace of other processes.

A classic BPF program for Linux on x86-64 and AArch64, installed by prctl (see seccomp(2)). Refused calls fail with
EPERM, so that the learner's code gets a PermissionError with its line, rather than a dead process.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

from groundup.course.grading.isolation.tree import PR_SET_NO_NEW_PRIVS, prctl

__all__ = ["available", "install"]

PR_GET_SECCOMP, PR_SET_SECCOMP, MODE_FILTER = 21, 22, 2
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, AND, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data: two of its arguments
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE_THREAD, AF_UNIX, SOCK_STREAM, SOCK_KIND = 0x10000, 1, 1, 0xF
F_SETOWN, F_SETSIG, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP, TIOCSTI = 8, 10, 15, 0x8901, 0x8902, 0x5412
NEWEST = 462  # mseal, the last system call that was looked at; later ones are said not to exist

# system call: its number on x86-64, on AArch64 (None where there is none)
DENIED: dict[str, tuple[int, int | None]] = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200),
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),  # these outlive a process
    "memfd_create": (319, 279), "memfd_secret": (447, 447),  # memory that no limit counts
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),  # passes by
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "mount": (165, 40), "umount2": (166, 39), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268), "unshare": (272, 97),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "personality": (135, 92), "vhangup": (153, 58),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
}  # fmt: skip
SIGNALS = {"kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
           "rt_tgsigqueueinfo": (297, 240)}  # fmt: skip
PRLIMIT, CLONE, CLONE3, SOCKETPAIR = (302, 261), (56, 220), (435, 435), (53, 199)
FCNTL, IOCTL, AFFINITY = (72, 25), (16, 29), (203, 122)


def available() -> tuple[bool, str]:
    """Whether the filter can be installed here, and why not."""
    if sys.platform != "linux":
        return False, "only Linux has it"
    if platform.machine() not in AUDIT_ARCH or struct.calcsize("P") != 8:
        return False, f"not written for processors of type {platform.machine()}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0:
        return False, "this kernel has no seccomp"
    return True, "no network, no other processes, no signals to others"


def _program(machine: str, pid: int) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, constant)."""
    column = 0 if machine == "x86_64" else 1
    refuse = (RETURN, 0, 0, ERRNO | errno.EPERM)
    allow = (RETURN, 0, 0, ALLOW)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":  # the x32 calls have numbers of their own
        steps += [(JUMP_AT_LEAST, 0, 1, 0x40000000), refuse]
    steps += [(JUMP_AT_LEAST, 0, 1, NEWEST + 1), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]
    for numbers in DENIED.values():
        if numbers[column] is not None:
            steps += [(JUMP_EQUAL, 0, 1, numbers[column]), refuse]
    steps += [(JUMP_EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]  # glibc falls back to clone

    def test(number: int, tests: list[tuple[int, int, int, int]], argument: int = FIRST) -> None:
        nonlocal steps
        steps += [(JUMP_EQUAL, 0, len(tests) + 1, number), (LOAD, 0, 0, argument), *tests]

    def refuse_second(number: int, *values: int) -> None:
        each = [(JUMP_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
        test(number, [*each, allow, refuse], SECOND)

    test(CLONE[column], [(JUMP_ANY_BIT, 0, 1, CLONE_THREAD), allow, refuse])
    # Streams alone: a datagram socket may send to any address, though it never connects.
    kind = [(LOAD, 0, 0, SECOND), (AND, 0, 0, SOCK_KIND), (JUMP_EQUAL, 0, 1, SOCK_STREAM)]
    test(SOCKETPAIR[column], [(JUMP_EQUAL, 0, len(kind) + 1, AF_UNIX), *kind, allow, refuse])
    for number in (PRLIMIT[column], AFFINITY[column]):
        test(number, [(JUMP_EQUAL, 1, 0, 0), (JUMP_EQUAL, 0, 1, pid), allow, refuse])
    refuse_second(FCNTL[column], F_SETOWN, F_SETSIG, F_SETOWN_EX)  # a descriptor that is ready signals its owner
    refuse_second(IOCTL[column], FIOSETOWN, SIOCSPGRP, TIOCSTI)
    tkill = SIGNALS["tkill"][column]
    for numbers in SIGNALS.values():
        if numbers[column] != tkill:  # tkill names a thread, not a process: refused altogether
            test(numbers[column], [(JUMP_EQUAL, 0, 1, pid), allow, refuse])
    return [*steps, (JUMP_EQUAL, 0, 1, tkill), refuse, allow]


def install() -> None:
    """Installs the filter in this process, for good. OSError where the kernel refuses."""
    steps = _program(platform.machine(), os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    program = Program(len(steps), ctypes.addressof(code))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the system call filter was refused")
