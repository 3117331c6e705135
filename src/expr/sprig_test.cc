// sprig's functions as Argo gives them to expressions: a row a rule.
#include <gtest/gtest.h>

#include "expr/expression.h"
#include "expr/value.h"

namespace expr {
namespace {

// The value as JSON, or "error: …".
std::string shown(std::string_view source, const EvalLimits& limits = {}) {
  const auto compiled = Expression::compile(source);
  if (!compiled) return "error: " + compiled.error().text;
  const FlatEnvironment none;
  const auto value = (*compiled)->run(
      none, {.now = {1767323045000000000}, .random_seed = 7, .limits = limits}, nullptr);
  if (!value) return "error: " + value.error().text;
  return to_json(*value, {.escape_html = false}).value_or("no JSON form");
}

struct SprigCase {
  const char *source, *want;
};
void PrintTo(const SprigCase& test, std::ostream* out) { *out << test.source; }
class Sprig : public testing::TestWithParam<SprigCase> {};
TEST_P(Sprig, Gives) { EXPECT_EQ(shown(GetParam().source), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    Names, Sprig,
    testing::Values(SprigCase{"sprig.camelcase('http_server')", "\"HttpServer\""},
                    SprigCase{"sprig.camelcase('_a__b-')", "\"_A_B-\""},
                    SprigCase{"sprig.snakecase('HTTPServer')", "\"http_server\""},
                    SprigCase{"sprig.snakecase('HTTP20xOK')", "\"http_20x_ok\""},
                    SprigCase{"sprig.snakecase('Bld4Floor3rd')", "\"bld4_floor_3rd\""},
                    SprigCase{"sprig.kebabcase('Duration2m3s')", "\"duration-2m3s\""},
                    SprigCase{"sprig.title(\"it's éa\")", "\"It'S Éa\""},
                    SprigCase{"sprig.swapcase('aÉ')", "\"Aé\""},
                    SprigCase{"sprig.initials('First Try')", "\"FT\""},
                    SprigCase{"sprig.wrap(5, 'hello world')", "\"hello\\nworld\""},
                    SprigCase{"sprig.wrapWith(3, '-', 'abcdefg')", "\"abc-def-g\""},
                    SprigCase{"sprig.quote('a\\n', 1, nil)", "\"\\\"a\\\\n\\\" \\\"1\\\"\""}));
INSTANTIATE_TEST_SUITE_P(
    Decimals, Sprig,
    testing::Values(SprigCase{"sprig.divf(10, 1.5, 100)", "0.0666666666666667"},  // 16 places
                    SprigCase{"sprig.divf(1, 1e300)", "0"},
                    SprigCase{"sprig.addf(0.1, 0.2)", "0.3"},
                    SprigCase{"sprig.mulf(1e300, 1e300) > 1e308", "true"},
                    SprigCase{"sprig.subf(-0.0)", "0"}, SprigCase{"sprig.minf(0, -0.0)", "-0"},
                    SprigCase{"sprig.ceil(duration('1s'))", "1000000000"},
                    SprigCase{"sprig.divf(1, 0)", "error: decimal division by 0"}));
INSTANTIATE_TEST_SUITE_P(
    Others, Sprig,
    testing::Values(SprigCase{"sprig.regexReplaceAll('', 'é✓', '-')", "\"-é-✓-\""},
                    SprigCase{"sprig.dig('x', 2, 'd', {'a': 1})",
                              "error: dig takes names, not int"},
                    SprigCase{"sprig.mustChunk(-7, [1, 2])", "[]"},
                    SprigCase{"sprig.duration('9223372036854775807')", "\"-1s\""}));
INSTANTIATE_TEST_SUITE_P(
    Codes, Sprig,
    testing::Values(
        SprigCase{"sprig.sha1sum('')", "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\""},
        SprigCase{"sprig.sha256sum('a')[:8]", "\"ca978112\""},
        SprigCase{"sprig.sha512sum('a')[:8]", "\"1f40fc92\""},
        SprigCase{"sprig.b32enc('hello')", "\"NBSWY3DP\""},
        SprigCase{"sprig.b32dec('NBSWY3DP')", "\"hello\""},
        SprigCase{"sprig.b32dec('ME')", "\"illegal base32 data at input byte 0\""},
        SprigCase{"sprig.b64dec('w5w')", "\"illegal base64 data at input byte 0\""},
        SprigCase{"sprig.decryptAES('k', sprig.encryptAES('k', 'secret'))", "\"secret\""},
        SprigCase{"sprig.decryptAES('k', 'aGVsbG8=')",
                  "error: decryptAES: the text is not made of whole blocks"},
        SprigCase{"sprig.bcrypt('pw') startsWith '$2a$10$' && len(sprig.bcrypt('pw')) == 60",
                  "true"},
        SprigCase{"sprig.htpasswd('a:b', 'x')", "\"invalid username: a:b\""},
        SprigCase{"len(sprig.randBytes(9))", "12"}));
INSTANTIATE_TEST_SUITE_P(
    Versions, Sprig,
    testing::Values(SprigCase{"sprig.semver('v1.2')", "\"1.2.0\""},
                    SprigCase{"sprig.semver('v1.2').Original()", "\"v1.2\""},
                    SprigCase{"sprig.semver('1.2.3-rc1').IncPatch()", "\"1.2.3\""},
                    SprigCase{"sprig.semver('1.2.3').IncMinor()", "\"1.3.0\""},
                    SprigCase{"sprig.semver('1.2.3-9').LessThan(sprig.semver('1.2.3-10'))", "true"},
                    SprigCase{"sprig.semver('nope')", "error: invalid semantic version"},
                    SprigCase{"sprig.semverCompare('^1.2', '1.9.0')", "true"},
                    SprigCase{"sprig.semverCompare('^1.2', '2.0.0')", "false"},
                    SprigCase{"sprig.semverCompare('~1.2.3', '1.2.9')", "true"},
                    SprigCase{"sprig.semverCompare('~1.2.3', '1.3.0')", "false"},
                    SprigCase{"sprig.semverCompare('>=1, <2 || 3.x', '3.1.4')", "true"},
                    SprigCase{"sprig.semverCompare('1.2 - 1.4', '1.4.9')", "true"},
                    SprigCase{"sprig.semverCompare('^1', '1.5.0-rc1')", "false"},
                    SprigCase{"sprig.semverCompare('^1-0', '1.5.0-rc1')", "true"}));
INSTANTIATE_TEST_SUITE_P(
    Urls, Sprig,
    testing::Values(SprigCase{"sprig.urlParse('http://u:p@h:80/a%20b?x=1#f').path", "\"/a b\""},
                    SprigCase{"sprig.urlParse('http://u:p@h:80/a?x=1#f').hostname", "\"h\""},
                    SprigCase{"sprig.urlParse('mailto:a@b.c').opaque", "\"a@b.c\""},
                    SprigCase{"sprig.urlJoin({scheme: 'http', host: 'h', path: 'a b'})",
                              "\"http://h/a%20b\""},
                    SprigCase{"sprig.urlJoin({host: 1})",
                              "error: unable to parse host key, must be of type string, but int "
                              "found"},
                    SprigCase{"sprig.getHostByName('127.0.0.1')", "\"127.0.0.1\""}));
INSTANTIATE_TEST_SUITE_P(
    Dates, Sprig,
    testing::Values(
        SprigCase{"sprig.dateInZone('15:04 MST', 1700000000, 'America/New_York')", "\"17:13 EST\""},
        SprigCase{"sprig.dateInZone('15:04', 1700000000, 'No/Such')", "\"22:13\""},
        SprigCase{"sprig.durationRound('2h10m5s')", "\"2h\""},
        SprigCase{"sprig.durationRound('24h')", "\"24h\""},
        SprigCase{"sprig.date_modify('-1h', date('2020-01-01'))", "\"2019-12-31T23:00:00Z\""},
        SprigCase{"date('2020-06-01 10:00', '2006-01-02 15:04', 'Europe/Berlin')",
                  "\"2020-06-01T10:00:00+02:00\""},
        SprigCase{"now().In(timezone('Asia/Tokyo')).Format('MST')", "\"JST\""}));
INSTANTIATE_TEST_SUITE_P(
    Keys, Sprig,
    testing::Values(
        SprigCase{"sprig.genPrivateKey('nope')", "\"Unknown type nope\""},
        SprigCase{"sprig.genPrivateKey('ecdsa') startsWith '-----BEGIN EC PRIVATE KEY-----'",
                  "true"},
        SprigCase{"sprig.genPrivateKey('ed25519') startsWith '-----BEGIN PRIVATE KEY-----'",
                  "true"},
        SprigCase{"sprig.genPrivateKey('ecdsa') == sprig.genPrivateKey('ecdsa')", "false"},
        SprigCase{"let ca = sprig.genCAWithKey('ca', 9, sprig.genPrivateKey('ecdsa')); "
                  "sprig.genSignedCertWithKey('x', ['10.0.0.1'], ['x.y'], 9, ca, "
                  "sprig.genPrivateKey('ed25519')).Cert startsWith '-----BEGIN CERTIFICATE-----'",
                  "true"},
        SprigCase{"sprig.genSelfSignedCertWithKey('x', ['bad'], nil, 9, "
                  "sprig.genPrivateKey('ecdsa'))",
                  "error: error parsing ip: bad"},
        SprigCase{"sprig.genCAWithKey('x', 9, 'nope')",
                  "error: parsing private key: no PEM data in input"}));

TEST(SprigChance, IsThatOfTheSeed) {
  for (const char* source :
       {"sprig.randAlphaNum(20)", "sprig.uuidv4()", "sprig.bcrypt('x')",
        "sprig.genPrivateKey('ecdsa')", "sprig.encryptAES('k', 'x')", "sprig.shuffle('abcdefgh')"})
    EXPECT_EQ(shown(source), shown(source)) << source;
}

// Both sides of each bound.
TEST(SprigBounds, StopWhatIsTooSlow) {
  EXPECT_EQ(shown("len(sprig.bcrypt('a'))", {.slow_ms = 80}), "60");
  EXPECT_EQ(
      shown("len(sprig.bcrypt('a'))", {.slow_ms = 79}),
      "error: the expression takes too long: keys, certificates and passwords of more than 79 ms");
  EXPECT_EQ(shown("sprig.genPrivateKey('rsa')", {.slow_ms = 2999}).substr(0, 6), "error:");
  EXPECT_EQ(shown("len(map(1..5, # + 1))", {.steps = 30}), "5");
  EXPECT_EQ(shown("len(map(1..5, # + 1))", {.steps = 10}),
            "error: the expression takes too many steps: more than 10");
}

TEST(SprigBounds, AValueDoesNotNestWithoutEnd) {
  EXPECT_EQ(shown("len(reduce(1..1000, [#acc]))"), "1");
  EXPECT_EQ(shown("len(reduce(1..900000, [#acc]))"),
            "error: the value is nested too deeply: more than 1000 levels");
  EXPECT_EQ(shown("len(reduce(1..900000, {{'a': #acc}}))"),
            "error: the value is nested too deeply: more than 1000 levels");
  EXPECT_EQ(shown("len(reduce(1..900000, sprig.list(#acc)))"),
            "error: the value is nested too deeply: more than 1000 levels");
}

TEST(SprigBounds, StopWhatIsTooMuch) {
  EXPECT_EQ(shown("len(sprig.until(1000000))"), "1000000");
  EXPECT_EQ(shown("len(sprig.until(1000001))"),
            "error: memory budget exceeded: the expression makes lists, maps and repeated texts of "
            "more than "
            "1000000 items in all");
  EXPECT_EQ(shown("len(sprig.repeat(1000000, 'x'))"), "1000000");
  EXPECT_EQ(shown("len(sprig.repeat(1000001, 'x'))"),
            "error: memory budget exceeded: repeat makes texts of at most 1000000 bytes");
  EXPECT_EQ(shown("len(repeat('x', 1000000))"), "1000000");
  EXPECT_EQ(shown("len(repeat('x', 1000000000))"),
            "error: memory budget exceeded: repeat takes a count of at most 1000000");
  EXPECT_EQ(shown("len(1..1000000)"), "1000000");
  EXPECT_EQ(shown("len(1..1000000000000)"),
            "error: memory budget exceeded: the expression makes lists, maps and repeated texts of "
            "more than "
            "1000000 items in all");
  EXPECT_EQ(shown("len(sprig.indent(1000000, 'x'))"), "1000001");
  EXPECT_EQ(shown("len(sprig.indent(100000000, 'x'))"),
            "error: memory budget exceeded: the expression makes texts of more than 64 MiB in all");
  EXPECT_EQ(shown("len(sprig.randAlpha(1000001))"),
            "error: memory budget exceeded: at most 1000000 random characters");
  EXPECT_EQ(shown("len(map(1..2, sprig.genPrivateKey('nope')))"), "2");
  EXPECT_EQ(shown("'a' matches '(((a{100}){100}){100})'").substr(0, 27),
            "error: error parsing regexp");
}

}  // namespace
}  // namespace expr
