# Makes what a new sandbox needs, in a container that is thrown away: keys, and a signed repository with the packages of
# OpenNebula's nodes. Everything lies in /out afterwards. Run by `sh -s`; $1 is the version of the packages.
set -eu
version=$1
series=${version%.*}
out=/out
export SOURCE_DATE_EPOCH=1767225600
mkdir -p "$out/keys" "$out/repo"

# Keys of SSH: for logging in to hosts, for logging in to the front-end, and the front-end's host key.
for key in operator frontend frontend_host; do
    ssh-keygen -q -t ed25519 -N '' -C "$key@edgewright-sandbox" -f "$out/keys/$key"
done

# package NAME SUMMARY DEPENDS: builds what lies in $work/NAME.
work=$(mktemp -d)
package() {
    mkdir -p "$work/$1/DEBIAN"
    cat > "$work/$1/DEBIAN/control" <<END
Package: $1
Version: $version-1
Architecture: all
Maintainer: The Edgewright developers <edgewright@example.invalid>
Section: admin
Priority: optional
Depends: $3
Description: $2
 Stands in for the package of this name in the Edgewright sandbox.
END
    dpkg-deb --root-owner-group --build "$work/$1" "$pool/$1_$version-1_all.deb" > /dev/null
}

pool="$out/pool"
mkdir -p "$pool" "$work/opennebula-common/DEBIAN" "$work/opennebula-common/etc/sudoers.d"
cat > "$work/opennebula-common/etc/sudoers.d/opennebula" <<'END'
# What the drivers of OpenNebula run on a node as root.
Cmnd_Alias ONE_NET = /bin/ip, /sbin/ip, /usr/bin/ip, /usr/sbin/ip, /sbin/bridge, /usr/sbin/bridge, \
    /usr/sbin/nft, /usr/sbin/iptables, /usr/sbin/ip6tables, /usr/sbin/ipset
Cmnd_Alias ONE_LXC = /usr/bin/lxc-*, /usr/bin/mount, /usr/bin/umount, /usr/bin/qemu-nbd, /usr/bin/mkdir, /usr/bin/rmdir
Defaults:oneadmin !requiretty
oneadmin ALL=(root) NOPASSWD: ONE_NET, ONE_LXC
END
chmod 0440 "$work/opennebula-common/etc/sudoers.d/opennebula"
cat > "$work/opennebula-common/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
    getent group oneadmin > /dev/null || groupadd --gid 9869 oneadmin
    getent passwd oneadmin > /dev/null || useradd --uid 9869 --gid oneadmin \
        --home-dir /var/lib/one --no-create-home --shell /bin/bash oneadmin
    for directory in /var/lib/one /var/lib/one/datastores /var/lib/one/remotes /var/log/one /var/tmp/one; do
        install -d -o oneadmin -g oneadmin -m 0750 "$directory"
    done
fi
END
chmod 0755 "$work/opennebula-common/DEBIAN/postinst"
echo /etc/sudoers.d/opennebula > "$work/opennebula-common/DEBIAN/conffiles"

for node in kvm lxc; do
    directory="$work/opennebula-node-$node/usr/share/doc/opennebula-node-$node"
    mkdir -p "$directory"
    echo "Installed by the Edgewright sandbox; not OpenNebula's own package." > "$directory/README"
done

common="opennebula-common (= $version-1)"
package opennebula-common 'user, directories and rights of an OpenNebula node' 'openssh-client, passwd, sudo'
package opennebula-node-kvm 'OpenNebula node for KVM and QEMU' "$common, bridge-utils, ipset, qemu-utils, rsync"
package opennebula-node-lxc 'OpenNebula node for LXC' "$common, bridge-utils, ipset, rsync, uidmap"

# The key that signs, and what apt is told to trust.
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
uid='Edgewright sandbox <edgewright@example.invalid>'
gpg --batch --quiet --passphrase '' --quick-generate-key "$uid" ed25519 sign never
gpg --batch --armor --export "$uid" > "$out/repo/repo2.key"

# One suite for each distribution, in the layout of downloads.opennebula.io; each has the same packages.
for place in Debian/12 Debian/13; do
    root="$out/repo/$series/$place"
    mkdir -p "$root/pool/opennebula"
    cp "$pool"/*.deb "$root/pool/opennebula/"
    cd "$root"
    for architecture in amd64 arm64; do
        index="dists/stable/opennebula/binary-$architecture"
        mkdir -p "$index"
        for deb in pool/opennebula/*.deb; do
            dpkg-deb --field "$deb" | sed -e "/^Description:/i\\
Filename: $deb\\
Size: $(stat -c %s "$deb")\\
SHA256: $(sha256sum "$deb" | cut -d ' ' -f 1)"
            echo
        done > "$index/Packages"
        gzip -9nk "$index/Packages"
    done
    {
        echo "Origin: OpenNebula"
        echo "Label: Edgewright sandbox"
        echo "Suite: stable"
        echo "Codename: stable"
        echo "Date: $(date -u '+%a, %d %b %Y %H:%M:%S UTC')"
        echo "Architectures: amd64 arm64"
        echo "Components: opennebula"
        echo "SHA256:"
        (cd dists/stable && find opennebula -type f | sort | while read -r file; do
            echo " $(sha256sum "$file" | cut -d ' ' -f 1) $(stat -c %s "$file") $file"
        done)
    } > dists/stable/Release
    gpg --batch --quiet --local-user "$uid" --clearsign --output dists/stable/InRelease dists/stable/Release
    gpg --batch --quiet --local-user "$uid" --armor --detach-sign --output dists/stable/Release.gpg dists/stable/Release
done
gpgconf --kill all
rm -rf "$pool" "$work" "$GNUPGHOME"
