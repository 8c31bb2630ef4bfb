using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.Tests.EngineApi;

public sealed class PinnedUrlTests
{
    private static readonly EngineAddress Engine = new("127.0.0.1", 6878, false);

    [Theory]
    [InlineData("http://127.0.0.1:6878/ace/r/a/b", "/ace/r/a/b")]
    [InlineData("http://127.66.66.66:9/ace/r/a?b=c&d=%20e", "/ace/r/a?b=c&d=%20e")]
    [InlineData("https://127.66.66.66/ace/r", "/ace/r")]
    [InlineData("http://user:secret@127.66.66.66/ace/r", "/ace/r")]
    [InlineData("http://127.0.0.1:6878@127.66.66.66/ace/r", "/ace/r")]
    [InlineData("/ace/r", "/ace/r")]
    [InlineData("ace/r", "/ace/r")]
    [InlineData("?a=b", "/?a=b")]
    [InlineData("//127.66.66.66/x", "/x")]
    [InlineData("http://127.66.66.66", "/")]
    [InlineData("http://127.66.66.66//127.66.66.66/x", "//127.66.66.66/x")]
    [InlineData("http://127.66.66.66/\\127.66.66.66/x", "//127.66.66.66/x")]
    [InlineData("http://127.66.66.66///127.66.66.66/x", "///127.66.66.66/x")]
    [InlineData("http://127.66.66.66/a/..//127.66.66.66/x", "//127.66.66.66/x")]
    [InlineData("/.//127.66.66.66/x", "//127.66.66.66/x")]
    [InlineData("http://127.66.66.66/%2F%2F127.66.66.66", "/%2F%2F127.66.66.66")]
    public void TryPin_WhateverAddress_LeadsToTheEngine(string url, string target)
    {
        Uri? pinned = PinnedUrl.TryPin(Engine, url);

        Assert.Equal(target, pinned?.PathAndQuery);
        AssertOnEngine(pinned);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t")]
    [InlineData("ftp://127.66.66.66/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://127.66.66.66/x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("http://")]
    [InlineData("http://[::1/x")]
    public void TryPin_NoHttpAddress_IsNull(string? url) => Assert.Null(PinnedUrl.TryPin(Engine, url));

    [Theory]
    [InlineData("\\\\127.66.66.66\\x")]
    [InlineData("/\\127.66.66.66/x")]
    [InlineData("////127.66.66.66/x")]
    [InlineData("\\/127.66.66.66/x")]
    [InlineData("http:\\\\127.66.66.66\\x")]
    [InlineData("http:/127.66.66.66/x")]
    [InlineData("http:127.66.66.66/x")]
    [InlineData("http://127.0.0.1:6878\u0000@127.66.66.66/x")]
    [InlineData("http://127.0.0.1:6878/a\r\nHost: evil\r\n\r\nGET /b")]
    [InlineData("/a\r\nX-Injected: 1")]
    [InlineData("\n//127.66.66.66/x")]
    [InlineData("/\t/127.66.66.66/x")]
    [InlineData("http://127.66.66.66/\u2028/x")]
    [InlineData("/a b#fragment")]
    public void TryPin_TrickyAddress_LeadsToTheEngineOrNowhere(string url)
    {
        Uri? pinned = PinnedUrl.TryPin(Engine, url);

        if (pinned is not null)
        {
            AssertOnEngine(pinned);
        }
    }

    [Fact]
    public void TryPin_EngineOnIPv6_KeepsTheBrackets()
    {
        Uri? pinned = PinnedUrl.TryPin(new EngineAddress("::1", 6878, false), "http://127.66.66.66//a/b");

        Assert.Equal("http://[::1]:6878//a/b", pinned?.AbsoluteUri);
    }

    private static void AssertOnEngine(Uri? uri)
    {
        Assert.NotNull(uri);
        Assert.Equal(("http", "127.0.0.1", 6878, ""), (uri.Scheme, uri.Host, uri.Port, uri.UserInfo));
        Assert.DoesNotContain(uri.PathAndQuery, char.IsControl);
        Assert.DoesNotContain(' ', uri.PathAndQuery);
        Assert.StartsWith("/", uri.PathAndQuery, StringComparison.Ordinal);
    }
}
