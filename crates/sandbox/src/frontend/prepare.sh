# Makes a host the front-end of OpenNebula: the user oneadmin with keys, the directories that drivers live in, and who may
# log in. Run by `sh -c` as root. The input is the password; $1 is the key that may log in as oneadmin.
set -eu
key=$1
IFS= read -r password

home=/var/lib/one
groupadd --gid 9869 oneadmin
useradd --uid 9869 --gid oneadmin --home-dir $home --no-create-home --shell /bin/bash oneadmin
for directory in $home $home/.ssh $home/.one; do
    install -d -o oneadmin -g oneadmin -m 0700 $directory
done
for directory in $home/datastores $home/vms $home/remotes /var/log/one /etc/one \
    $home/remotes/auth $home/remotes/datastore $home/remotes/etc $home/remotes/hooks $home/remotes/im \
    $home/remotes/ipam $home/remotes/market $home/remotes/pm $home/remotes/scripts_common $home/remotes/tm \
    $home/remotes/vmm $home/remotes/vnm; do
    install -d -o oneadmin -g oneadmin -m 0750 $directory
done

as_oneadmin() {
    setpriv --reuid=9869 --regid=9869 --init-groups env HOME=$home "$@"
}
as_oneadmin ssh-keygen -q -t ed25519 -N '' -C oneadmin@frontend -f $home/.ssh/id_ed25519
as_oneadmin ssh-keygen -q -t rsa -b 2048 -N '' -C oneadmin@frontend -f $home/.ssh/id_rsa
echo "$key" | as_oneadmin tee $home/.ssh/authorized_keys > /dev/null
as_oneadmin touch $home/.ssh/known_hosts
# A host whose key is not known is not spoken to.
as_oneadmin tee $home/.ssh/config > /dev/null <<'END'
Host *
    StrictHostKeyChecking yes
    ConnectTimeout 10
END
umask 077
echo "oneadmin:$password" | as_oneadmin tee $home/.one/one_auth > /dev/null
chmod 0600 $home/.ssh/authorized_keys $home/.ssh/config $home/.one/one_auth
chmod 0644 $home/.ssh/known_hosts
