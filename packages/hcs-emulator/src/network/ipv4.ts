export {
  formatIPv4 as formatAddress,
  type IPv4Subnet as Subnet,
  parseIPv4 as parseAddress,
  parseIPv4Subnet as parseSubnet,
  subnetContains as contains,
  subnetsOverlap as overlaps,
} from "@oriel/contracts";
