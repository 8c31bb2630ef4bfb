using AceProxy.Content;

namespace AceProxy.Tests.Content;

public sealed class MagnetLinkTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";
    private const string Base32 = "AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH";

    [Theory]
    [InlineData($"magnet:?xt=urn:btih:{Hash}")]
    [InlineData("magnet:?xt=urn:btih:0123456789ABCDEF0123456789ABCDEF01234567")]
    [InlineData($"MAGNET:?XT=URN:BTIH:{Hash}")]
    [InlineData($"magnet:?dn=name&xt=urn:btih:{Hash}&tr=http://tracker")]
    [InlineData($"magnet:?xt=urn:btmh:1220caf1&xt=urn:btih:{Hash}")]
    [InlineData($"magnet:?xt=urn:btih:{Base32}")]
    [InlineData("magnet:?xt=urn:btih:aerukz4jvpg66ajdivtytk6n54asgrlh")]
    public void TryGetInfohash_HexOrBase32_IsTheInfohash(string link)
    {
        Assert.True(MagnetLink.TryGetInfohash(link, out string infohash));
        Assert.Equal(Hash, infohash);
    }

    [Theory]
    [InlineData("")]
    [InlineData("magnet:")]
    [InlineData("magnet:?")]
    [InlineData($"magnet:xt=urn:btih:{Hash}")]
    [InlineData($"http:?xt=urn:btih:{Hash}")]
    [InlineData("magnet:?xt=urn:btih:")]
    [InlineData($"magnet:?xt=urn:btih:{Hash}0")]
    [InlineData("magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef0123456g")]
    [InlineData("magnet:?xt=urn:btih:1ERUKZ4JVPG66AJDIVTYTK6N54ASGRLH")] // 1 is no base32 digit
    [InlineData("magnet:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRL=")]
    [InlineData($"magnet:?dn=xt=urn:btih:{Hash}")]
    [InlineData($"magnet:?xt=urn:sha1:{Hash}")]
    public void TryGetInfohash_NoneInIt_IsFalse(string link) => Assert.False(MagnetLink.TryGetInfohash(link, out _));
}
