// SPDX-License-Identifier: Apache-2.0
//! A relying party that consists of the `sev` crate and as little else as possible.
//!
//!   sev-crate verify ARK ASK VEK REPORT    decode, re-encode, verify chain and report
//!   sev-crate measure OPTION VALUE…        launch digest; option names as in sev-snp-measure

use std::{collections::HashMap, error::Error, fs, str::FromStr};

use sev::certs::snp::{ca, Certificate, Chain, Verifiable};
use sev::firmware::guest::AttestationReport;
use sev::measurement::snp::{snp_calc_launch_digest, SnpMeasurementArgs};
use sev::measurement::vcpu_types::CpuType;
use sev::measurement::vmsa::{GuestFeatures, VMMType};
use sev::parser::ByteParser;

type Outcome = Result<(), Box<dyn Error>>;

fn certificate(path: &str) -> Result<Certificate, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let parsed = if bytes.starts_with(b"-----BEGIN") {
        Certificate::from_pem(&bytes)
    } else {
        Certificate::from_der(&bytes)
    };
    parsed.map_err(|error| format!("{path}: {error}").into())
}

fn verify(paths: &[String]) -> Outcome {
    let [ark, ask, vek, report] = paths else {
        return Err("verify needs ARK ASK VEK REPORT".into());
    };
    let raw = fs::read(report)?;
    let decoded = AttestationReport::from_bytes(&raw)?;
    println!("decoded version {}", decoded.version);
    if decoded.to_bytes()?.as_ref() as &[u8] != raw.as_slice() {
        return Err("re-encoded report differs".into());
    }
    println!("re-encoded to the same bytes");

    let chain = Chain {
        ca: ca::Chain { ark: certificate(ark)?, ask: certificate(ask)? },
        vek: certificate(vek)?,
    };
    chain.verify().map_err(|error| format!("chain: {error}"))?;
    println!("chain verified");
    (&chain, &decoded).verify().map_err(|error| format!("report: {error}"))?;
    println!("report verified");
    Ok(())
}

fn measure(arguments: &[String]) -> Outcome {
    let mut options = HashMap::new();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else {
            return Err(format!("{} needs a value", pair[0]).into());
        };
        options.insert(name.as_str(), value.as_str());
    }
    let need = |name: &str| options.get(name).copied().ok_or(format!("{name} is missing"));
    let features = need("--guest-features")?.trim_start_matches("0x");
    let digest = snp_calc_launch_digest(SnpMeasurementArgs {
        vcpus: need("--vcpus")?.parse()?,
        vcpu_type: CpuType::try_from(need("--vcpu-type")?)?,
        ovmf_file: need("--ovmf")?.into(),
        guest_features: GuestFeatures(u64::from_str_radix(features, 16)?),
        kernel_file: options.get("--kernel").map(|path| path.into()),
        initrd_file: options.get("--initrd").map(|path| path.into()),
        append: options.get("--append").copied(),
        ovmf_hash_str: None,
        vmm_type: Some(VMMType::from_str(need("--vmm-type")?)?),
    })?;
    println!("{}", digest.get_hex_ld());
    Ok(())
}

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, rest)) if command == "verify" => verify(rest),
        Some((command, rest)) if command == "measure" => measure(rest),
        _ => Err("usage: sev-crate verify ARK ASK VEK REPORT | measure OPTION VALUE…".into()),
    }
}
