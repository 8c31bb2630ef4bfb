using AceProxy.Access.Tokens;
using AceProxy.Content;
using AceProxy.Tests.Settings;

namespace AceProxy.Tests.Access;

public sealed class StreamTokensTests
{
    private const string OldKey = "old:0123456789abcdef0123456789abcdef";
    private const string NewKey = "new:fedcba9876543210fedcba9876543210";

    private static readonly ContentKey Content = ContentKey.ForInfohash(new string('a', 40), 0);
    private static readonly ContentKey Other = ContentKey.ForInfohash(new string('b', 40), 0);

    private readonly ManualTimeProvider _time = new();

    private DateTimeOffset InAnHour => _time.GetUtcNow().AddHours(1);

    [Fact]
    public void Verify_WhatWasIssued_IsValidForItsContentUntilItExpires()
    {
        StreamTokens tokens = With(OldKey);
        string token = tokens.Issue(Content, InAnHour, null);

        Assert.Equal(TokenVerdict.Valid, tokens.Verify(token, Content, "192.0.2.1"));
        Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token, Other, "192.0.2.1"));
        Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token, ContentKey.ForInfohash(new string('a', 40), 1), "192.0.2.1"));
        _time.Advance(3599);
        Assert.Equal(TokenVerdict.Valid, tokens.Verify(token, Content, "192.0.2.1"));
        _time.Advance(1);
        Assert.Equal(TokenVerdict.Expired, tokens.Verify(token, Content, "192.0.2.1"));
        Assert.Matches("^[A-Za-z0-9._-]+$", token); // nothing that an address would have to escape
    }

    [Fact]
    public void Verify_BoundToAnAddress_IsValidFromThereOnly()
    {
        StreamTokens tokens = With(OldKey);
        string token = tokens.Issue(Content, InAnHour, "192.0.2.1");

        Assert.Equal(TokenVerdict.Valid, tokens.Verify(token, Content, "192.0.2.1"));
        Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token, Content, "192.0.2.2"));
        Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token.Replace(".a.", ".-.", StringComparison.Ordinal), Content, "192.0.2.1"));
    }

    [Fact]
    public void Verify_AnyOneCharacterAltered_IsWrong()
    {
        StreamTokens tokens = With(OldKey);
        string token = tokens.Issue(Content, InAnHour, null);

        for (int at = 0; at < token.Length; at++)
        {
            foreach (char other in "A.-_1a9\0é")
            {
                string altered = $"{token[..at]}{other}{token[(at + 1)..]}";
                Assert.Equal(altered == token ? TokenVerdict.Valid : TokenVerdict.Wrong, tokens.Verify(altered, Content, ""));
            }

            Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token[..at], Content, ""));
            Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token[..at] + token[(at + 1)..], Content, ""));
        }

        Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token + "=", Content, ""));
        Assert.Equal(TokenVerdict.Wrong, tokens.Verify(token + new string('A', 1_000_000), Content, ""));
    }

    [Fact]
    public void Verify_TicketAsTokenOrTokenAsTicket_IsWrong()
    {
        StreamTokens tokens = With(OldKey);
        string ticket = tokens.IssueTicket(Content, "192.0.2.1");

        Assert.Equal(TokenVerdict.Valid, tokens.VerifyTicket(ticket, Content, "192.0.2.1"));
        Assert.Equal(TokenVerdict.Wrong, tokens.VerifyTicket(ticket, Content, "192.0.2.2"));
        Assert.Equal(TokenVerdict.Wrong, tokens.VerifyTicket(ticket, Other, "192.0.2.1"));
        Assert.Equal(TokenVerdict.Wrong, tokens.Verify(ticket, Content, "192.0.2.1"));
        Assert.Equal(TokenVerdict.Wrong, tokens.VerifyTicket(tokens.Issue(Content, InAnHour, "192.0.2.1"), Content, "192.0.2.1"));
        _time.Advance(StreamTokens.TicketLifetime.TotalSeconds);
        Assert.Equal(TokenVerdict.Expired, tokens.VerifyTicket(ticket, Content, "192.0.2.1"));
    }

    [Fact]
    public void Verify_KeysBeingReplaced_BothVerifyTheFirstSignsAndTheOldOneEnds()
    {
        string byOld = With(OldKey).Issue(Content, InAnHour, null);
        StreamTokens both = With($"{NewKey},{OldKey}");
        string byBoth = both.Issue(Content, InAnHour, null);

        Assert.StartsWith("new.", byBoth, StringComparison.Ordinal);
        Assert.Equal(TokenVerdict.Valid, both.Verify(byOld, Content, ""));
        Assert.Equal(TokenVerdict.Valid, both.Verify(byBoth, Content, ""));
        Assert.Equal(TokenVerdict.Wrong, With(NewKey).Verify(byOld, Content, ""));
        Assert.Equal(TokenVerdict.Wrong, With(OldKey).Verify(byBoth, Content, ""));
        Assert.Equal(TokenVerdict.Wrong, With($"old:{new string('x', 32)}").Verify(byOld, Content, "")); // the id alone opens nothing
    }

    [Theory]
    [InlineData("?id=1&token=secret&pid=2", "?id=1&pid=2")]
    [InlineData("?token=secret", "?")]
    [InlineData("?TOKEN=secret&id=%201", "?id=%201")]
    [InlineData("?%74oken=secret&id=1", "?id=1")]
    [InlineData("?id=1&ticket=secret&token&token=", "?id=1")]
    [InlineData("?mytoken=1&tokens=2", "?mytoken=1&tokens=2")]
    public void RemoveFrom_AnyWayOfWritingIt_LeavesTheRestAsItWas(string query, string expected) =>
        Assert.Equal(expected, StreamTokens.RemoveFrom(new Microsoft.AspNetCore.Http.QueryString(query)));

    [Theory]
    [InlineData("GET /ace/getstream?id=1&token=k.1.-.secret HTTP/1.1", "GET /ace/getstream?id=1&token=… HTTP/1.1")]
    [InlineData("?Token=secret&id=1&ticket=secret", "?Token=…&id=1&ticket=…")]
    [InlineData("?%74ok%65n=secret", "?%74ok%65n=…")]
    [InlineData("?%74icke%54=secret", "?%74icke%54=…")]
    [InlineData("no secret here", "no secret here")]
    public void Redact_AnyWayOfWritingIt_LeavesNothingOfTheToken(string text, string expected) => Assert.Equal(expected, TokenRedaction.Redact(text));

    private StreamTokens With(string keys) => new(SigningKeys.Read(Configured.With(("STREAM_TOKEN_KEYS", keys))), _time);
}
