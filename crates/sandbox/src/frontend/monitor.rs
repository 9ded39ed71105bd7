//! Monitoring as OpenNebula's drivers do it: oneadmin on the front-end logs in to the host and measures there.
//!
//! Called by the emulated OpenNebula for each host that is due.

use crate::docker::{output, text};
use edgewright_emulated_opennebula::{BoxFuture, HostReading, Monitor};

const PROBE: &str = include_str!("probe.sh");

/// Logs in from the front-end.
#[derive(Clone, Debug)]
pub struct FrontendMonitor {
    /// The front-end's container.
    pub container: String,
}

impl FrontendMonitor {
    async fn measure(&self, host: &str, im_mad: &str) -> Result<HostReading, String> {
        let command = [
            "exec",
            "--interactive",
            "--user=oneadmin",
            &self.container,
            "timeout",
            "30",
            "ssh",
            "-o",
            "BatchMode=yes",
            "-o",
            "LogLevel=ERROR",
            "--",
            host,
            "sh",
            "-s",
            "--",
            im_mad,
        ];
        let output = output(&command, PROBE.as_bytes())
            .await
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            return reading(&text(&output.stdout), host, im_mad);
        }
        match text(&output.stderr).trim() {
            "" => Err(format!("the login on {host} took longer than 30 s")),
            said => Err(said.replace("\r\n", "\n")),
        }
    }
}

impl Monitor for FrontendMonitor {
    fn probe<'a>(
        &'a self,
        host: &'a str,
        im_mad: &'a str,
    ) -> BoxFuture<'a, Result<HostReading, String>> {
        Box::pin(self.measure(host, im_mad))
    }
}

/// Reads what `probe.sh` prints.
fn reading(printed: &str, host: &str, im_mad: &str) -> Result<HostReading, String> {
    let value = |key: &str| {
        printed.lines().find_map(|line| {
            line.split_once('=')
                .filter(|(name, _)| *name == key)
                .map(|(_, value)| value.to_owned())
        })
    };
    let number = |key: &str| {
        value(key)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| format!("the probe on {host} did not print {key}"))
    };
    Ok(HostReading {
        total_cpu: number("TOTALCPU")?,
        used_cpu: number("USEDCPU")?,
        total_memory: number("TOTALMEMORY")?,
        used_memory: number("USEDMEMORY")?,
        received: number("NETRX")?,
        sent: number("NETTX")?,
        hypervisor: im_mad.to_owned(),
        hostname: value("HOSTNAME").unwrap_or_else(|| host.to_owned()),
        attributes: ["ARCH", "MODELNAME", "VERSION"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), value(key)?)))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_read() {
        let printed = "VERSION=7.0.2-1\nTOTALCPU=200\nUSEDCPU=7\nTOTALMEMORY=100\nUSEDMEMORY=40\nNETRX=5\nNETTX=6\n\
            HOSTNAME=lab-0\nARCH=x86_64\nMODELNAME=A=B\n";
        let reading = reading(printed, "198.18.0.10", "lxc").unwrap();
        assert_eq!((reading.total_cpu, reading.used_memory), (200, 40));
        assert_eq!(reading.hostname, "lab-0");
        assert_eq!(reading.hypervisor, "lxc");
        assert_eq!(
            reading.attributes,
            [
                ("ARCH", "x86_64"),
                ("MODELNAME", "A=B"),
                ("VERSION", "7.0.2-1")
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_probe_that_prints_something_else_is_an_error() {
        assert_eq!(
            reading("hello", "198.18.0.10", "lxc").unwrap_err(),
            "the probe on 198.18.0.10 did not print TOTALCPU"
        );
    }
}
