#!/bin/sh
# Last step of building an image, run by mmdebstrap outside the new root, which is $1.
# $EDGEWRIGHT_ARCHIVES names the packages whose archives are kept in the image without being installed.
set -eu
root=$1

# The address comes from Docker, user-data from the seed directory, and logins are those of Vultr: root by key.
cat > "$root/etc/cloud/cloud.cfg.d/99_edgewright.cfg" <<'END'
datasource_list: [NoCloud, None]
network:
  config: disabled
locale: C.UTF-8
users: []
disable_root: false
apt:
  preserve_sources_list: true
END

mkdir -p "$root/var/lib/cloud/seed/nocloud"

# As long as a host installs packages nobody needs it to survive a power failure.
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/edgewright"

# Cgroups of version 2 are mounted read-only into the container's own namespace; systemd must write them.
cat > "$root/usr/local/sbin/edgewright-init" <<'END'
#!/bin/sh
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -o remount,rw /sys/fs/cgroup
fi
exec /sbin/init
END
chmod 0755 "$root/usr/local/sbin/edgewright-init"

# Timers that take apt's lock, and logins that nobody makes.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer getty.target console-getty.service systemd-networkd-wait-online.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# Every host makes its own, or gets it with its user-data.
rm -f "$root"/etc/ssh/ssh_host_*
: > "$root/etc/machine-id"

# Nothing has to be brought up to date at the first start.
touch "$root/etc/.updated" "$root/var/.updated"

chroot "$root" apt-get clean
# shellcheck disable=SC2086 # a list of names
chroot "$root" apt-get install --yes --no-install-recommends --download-only $EDGEWRIGHT_ARCHIVES
chroot "$root" apt-cache policy > /dev/null
rm -rf "$root"/var/cache/apt/archives/partial/* "$root"/var/log/apt "$root"/var/log/dpkg.log
