//! The regions of September 2026.

/// A region.
#[derive(Debug)]
pub struct Region {
    pub id: &'static str,
    pub city: &'static str,
    pub country: &'static str,
    pub continent: &'static str,
}

const fn region(
    id: &'static str,
    city: &'static str,
    country: &'static str,
    continent: &'static str,
) -> Region {
    Region {
        id,
        city,
        country,
        continent,
    }
}

const AFRICA: &str = "Africa";
const ASIA: &str = "Asia";
const EUROPE: &str = "Europe";
const NORTH: &str = "North America";
const SOUTH: &str = "South America";

/// All regions.
pub const REGIONS: &[Region] = &[
    region("ams", "Amsterdam", "NL", EUROPE),
    region("atl", "Atlanta", "US", NORTH),
    region("blr", "Bangalore", "IN", ASIA),
    region("bom", "Mumbai", "IN", ASIA),
    region("cdg", "Paris", "FR", EUROPE),
    region("del", "Delhi NCR", "IN", ASIA),
    region("dfw", "Dallas", "US", NORTH),
    region("ewr", "New Jersey", "US", NORTH),
    region("fra", "Frankfurt", "DE", EUROPE),
    region("hnl", "Honolulu", "US", NORTH),
    region("icn", "Seoul", "KR", ASIA),
    region("itm", "Osaka", "JP", ASIA),
    region("jnb", "Johannesburg", "ZA", AFRICA),
    region("lax", "Los Angeles", "US", NORTH),
    region("lhr", "London", "GB", EUROPE),
    region("mad", "Madrid", "ES", EUROPE),
    region("man", "Manchester", "GB", EUROPE),
    region("mel", "Melbourne", "AU", "Australia"),
    region("mex", "Mexico City", "MX", NORTH),
    region("mia", "Miami", "US", NORTH),
    region("mxp", "Milan", "IT", EUROPE),
    region("nrt", "Tokyo", "JP", ASIA),
    region("ord", "Chicago", "US", NORTH),
    region("sao", "São Paulo", "BR", SOUTH),
    region("scl", "Santiago", "CL", SOUTH),
    region("sea", "Seattle", "US", NORTH),
    region("sgp", "Singapore", "SG", ASIA),
    region("sjc", "Silicon Valley", "US", NORTH),
    region("sto", "Stockholm", "SE", EUROPE),
    region("syd", "Sydney", "AU", "Australia"),
    region("tlv", "Tel Aviv", "IL", ASIA),
    region("waw", "Warsaw", "PL", EUROPE),
    region("yto", "Toronto", "CA", NORTH),
];
