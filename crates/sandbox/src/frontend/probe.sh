# Measures a host, as oneadmin on it. Run by `sh -s`; $1 is the monitoring driver. Prints KEY=VALUE lines, memory in KiB
# and CPU in hundredths of a core; what is wrong goes to the error output.
set -eu
case $1 in
    lxc) package=opennebula-node-lxc ;;
    kvm | qemu) package=opennebula-node-kvm ;;
    *) package= ;;
esac
if [ -n "$package" ]; then
    # shellcheck disable=SC2016 # dpkg's own variables
    found=$(dpkg-query --show --showformat='${db:Status-Status} ${Version}' "$package" 2> /dev/null || :)
    case $found in
        'installed '*) echo "VERSION=${found#installed }" ;;
        *)
            echo "the package $package is not installed" >&2
            exit 1
            ;;
    esac
fi

cores=$(grep -c ^processor /proc/cpuinfo)
# busy and idle: hundredths of seconds of all cores since the start.
busy_and_idle() {
    read -r _ user nice system idle wait irq soft steal _ < /proc/stat
    echo "$((user + nice + system + irq + soft + steal)) $((idle + wait))"
}
before=$(busy_and_idle)
sleep 0.2
after=$(busy_and_idle)
busy=$((${after% *} - ${before% *}))
idle=$((${after#* } - ${before#* }))
echo "TOTALCPU=$((cores * 100))"
echo "USEDCPU=$((busy * cores * 100 / (busy + idle + 1)))"

awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { free = $2 }
    END { print "TOTALMEMORY=" total; print "USEDMEMORY=" total - free }' /proc/meminfo
awk -F '[: ]+' 'NR > 2 && $2 != "lo" { received += $3; sent += $11 }
    END { print "NETRX=" received + 0; print "NETTX=" sent + 0 }' /proc/net/dev
echo "HOSTNAME=$(cat /proc/sys/kernel/hostname)"
echo "ARCH=$(uname -m)"
sed -n 's/^model name[^:]*: /MODELNAME=/p' /proc/cpuinfo | head -n 1
