/** Paths that pretend to be another path. */
import { attack, get, notCreated, refused } from "./table.mjs";

for (const [name, path, status] of [
  ["dots", "/strict/v1/predictions/../account", 403],
  ["encoded dots", "/strict/v1/predictions/%2e%2e/account", 403],
  ["half-encoded dots in capitals", "/strict/v1/predictions/.%2E/account", 403],
  ["dots above the root", "/../../../v1/account", 403],
  ["doubly encoded dots", "/strict/v1/predictions/%252e%252e/account", 404],
  ["an encoded slash", "/strict/v1/predictions/..%2faccount", 404],
  ["an encoded slash in a name", "/strict/v1/models/replicate%2Fhello-world", 404],
  ["a backslash", "/strict/v1/predictions/..\\account", 403],
  ["an encoded backslash", "/strict/v1/predictions/..%5caccount", 404],
  ["a double slash before the route", "/strict/v1//account", 404],
  ["a double slash after /v1", "/strict/v1//evil.example/account", 404],
  ["a double slash at the front", "//evil.example/v1/account", 404],
  ["a URL as the path", "/strict/v1/https://evil.example/", 404],
  ["a host as the path", "/strict/v1/@evil.example/account", 404],
  ["a NUL", "/strict/v1/account%00", 404],
  ["a line break", "/strict/v1/predictions/a%0d%0aHost:%20evil.example", 404],
  ["parameters of a segment", "/strict/v1/account;x=1", 404],
  ["full-width dots", "/strict/v1/predictions/%ef%bc%8e%ef%bc%8e/account", 404],
  ["a full-width slash", "/strict/v1/predictions%ef%bc%8faccount", 404],
  ["overlong UTF-8", "/strict/v1/predictions/%c0%ae%c0%ae/account", 404],
  ["capitals", "/strict/V1/account", 404],
  ["a slash at the end", "/strict/v1/account/", 404],
  ["a hidden name", "/strict/v1/models/.git/config", 404],
  ["another version of the API", "/strict/v2/account", 404],
  ["nothing after /v1", "/strict/v1", 404],
  ["the route of another route", "/strict/v1/predictions/v1/account", 403],
]) {
  attack(`a path with ${name} gets nowhere`, refused(status, get(path)));
}
attack(
  "a path that climbs out of a model into a create is only that create",
  notCreated(422, { input: {} }, "/strict/v1/models/x/../../predictions"),
);
attack("a URL in the query is not asked", refused(404, get("/strict/api/poll?id=https://evil.example/&url=https://evil.example/")));
