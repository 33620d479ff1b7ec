#include "common/secret_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

using testing::ElementsAre;

TEST(SecretNames, AreSplitIntoWords) {
  EXPECT_THAT(WordsOf("dbPassword"), ElementsAre("db", "password"));
  EXPECT_THAT(WordsOf("DB_PASSWORD"), ElementsAre("db", "password"));
  EXPECT_THAT(WordsOf("db-password.v2"), ElementsAre("db", "password", "v2"));
  EXPECT_THAT(WordsOf("TLSKey"), ElementsAre("tls", "key"));
  EXPECT_THAT(WordsOf("oauth2Token"), ElementsAre("oauth2", "token"));
  EXPECT_THAT(WordsOf(""), ElementsAre());
}

TEST(SecretNames, SayThatAValueIsSecret) {
  for (const char* name : {"password",
                           "adminPassword",
                           "DB_PASSWORD",
                           "DBPASSWORD",
                           "root-passwd",
                           "passphrase",
                           "token",
                           "accessToken",
                           "tokens",
                           "api_key",
                           "apiKey",
                           "apikey",
                           "API-KEY",
                           "dsn",
                           "sentryDsn",
                           "tlsKey",
                           "privateKey",
                           "credentials",
                           "secret",
                           "clientSecret",
                           "secretKey",
                           "signingKey",
                           "secretAccessKey",
                           "dbPass",
                           "password1",
                           "erlangCookie",
                           "p",
                           "connectionString",
                           "jwt",
                           "passwordHash",
                           "tokenValue",
                           "encryptionKey",
                           "AWS_ACCESS_KEY_ID",
                           "mysqlrootpassword"}) {
    EXPECT_EQ(WhatNameSays(name), NameSays::kSecret) << name;
  }
}

TEST(SecretNames, SayThatAValueOnlyRefersToASecret) {
  for (const char* name :
       {"secretName", "existingSecret", "existingSecretKey", "secretKeyRef", "imagePullSecrets",
        "tlsSecret", "credentialsSecret", "passwordSecretName", "passwordFile", "tokenTTL",
        "secretKeys", "adminPasswordKey", "automountServiceAccountToken", "passwordPolicy",
        "secretNamespace", "external-secrets", "useSecret"}) {
    EXPECT_EQ(WhatNameSays(name), NameSays::kReference) << name;
  }
}

TEST(SecretNames, AreComparedByWords) {
  for (const char* name : {"tokenizer", "secretary", "compass", "passThrough", "key", "keys",
                           "image", "keyspace", "bypass", "fullnameOverride", ""}) {
    EXPECT_EQ(WhatNameSays(name), NameSays::kNothing) << name;
  }
}

TEST(SecretNames, CountWithWhatTheyStandIn) {
  EXPECT_EQ(WhatNameSays("key", "tls"), NameSays::kSecret);
  EXPECT_EQ(WhatNameSays("key", "api"), NameSays::kSecret);
  EXPECT_EQ(WhatNameSays("crt", "tls"), NameSays::kNothing);
  EXPECT_EQ(WhatNameSays("key", "existingSecret"), NameSays::kReference);
  EXPECT_EQ(WhatNameSays("name", "secret"), NameSays::kReference);
  EXPECT_EQ(WhatNameSays("value", "password"), NameSays::kNothing);
}

}  // namespace
}  // namespace wheelhouse
