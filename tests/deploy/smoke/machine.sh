#!/usr/bin/env bash
# machine.sh FOLDER CMD...: CMD as root on a machine within the machine: its own processes, mounts and network, all gone
# when CMD ends, however it ends. FOLDER holds what stands in for files of the real one.
set -euo pipefail
folder=$1; shift
address=10.0.0.1 # of the machine; names are asked there too

if [ $$ != 1 ]; then
  exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" "$folder" "$@"
fi

mount --make-rprivate /
stand_in() { # TEXT FILE
  local copy; copy=$folder/files/$(tr / . <<<"$2")
  echo "$1" >"$copy"
  mount --bind "$copy" "$2"
}
mkdir -p "$folder/files"
stand_in "$(printf 'nameserver %s\nsearch rendezvous.svc.cluster.local\n' $address)" "$(readlink -f /etc/resolv.conf)"
for each in /run /var/lib /var/log; do mount -t tmpfs tmpfs $each; done
# kubelet sets the kernel of the real machine, unless it finds it set.
mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys
mount --bind /proc/sys/net /proc/sys/net && mount -o remount,bind,rw /proc/sys/net
stand_in 1 /proc/sys/vm/overcommit_memory
stand_in 10 /proc/sys/kernel/panic
stand_in 1 /proc/sys/kernel/panic_on_oops

ip link set lo up
ip link add node0 type veth peer name node1 # a way out that leads nowhere
ip address add $address/24 dev node0
ip link set node0 up
ip link set node1 up
ip route add default dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward
"$@" # not exec: the first process of a machine collects those whose parents ended
