using AceProxy.Content;

namespace AceProxy.Tests.Content;

public sealed class ContentKeyTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";

    [Fact]
    public void ForUnresolved_IdAndInfohashOfTheSameDigits_ShareTheNameOfTheInfohash()
    {
        ContentKey expected = ContentKey.ForInfohash(Hash, 0);

        Assert.Equal(expected, ContentKey.ForUnresolved(new(SelectorKind.ContentId, Hash, 0)));
        Assert.Equal(expected, ContentKey.ForUnresolved(new(SelectorKind.Infohash, Hash, 0)));
        Assert.Equal(Hash, expected.Value);
    }

    [Fact]
    public void ForInfohash_OtherFiles_AreOtherContents()
    {
        string[] keys = [.. Enumerable.Range(0, 12).Select(index => ContentKey.ForInfohash(Hash, index).Value)];

        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal($"{Hash}.11", keys[11]);
    }

    [Fact]
    public void ForUnresolved_Urls_AreToldApartByTheWholeOfThem()
    {
        string[] urls = ["http://a/x", "http://a/X", "http://a/x?", "http://b/x", "https://a/x"];
        string[] keys = [.. urls.Select(url => ContentKey.ForUnresolved(new(SelectorKind.Url, url, 0)).Value)];

        Assert.Equal(urls.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], ContentKey.ForUnresolved(new(SelectorKind.Url, "http://a/x", 0)).Value);
        Assert.Equal($"{keys[0]}.3", ContentKey.ForUnresolved(new(SelectorKind.Url, "http://a/x", 3)).Value);
    }

    [Fact]
    public void Value_OfAnything_IsSafeInALogAPathAndARedisKey()
    {
        ContentSelector[] selectors =
        [
            new(SelectorKind.ContentId, Hash, 9999), new(SelectorKind.Url, "http://a/{x}/../é?\"'*", 1), new(SelectorKind.Magnet, "magnet:?xt=}", 0),
        ];

        Assert.All(selectors, selector => Assert.Matches("^[a-z0-9.-]{40,60}$", ContentKey.ForUnresolved(selector).Value));
    }
}
