using AceProxy.Content;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AceProxy.Tests.Content;

public sealed class SelectorParserTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";
    private const string UpperHash = "0123456789ABCDEF0123456789ABCDEF01234567";

    [Theory]
    [InlineData($"id={Hash}", "ContentId", Hash)]
    [InlineData($"content_id={Hash}", "ContentId", Hash)]
    [InlineData($"id={UpperHash}", "ContentId", Hash)]
    [InlineData($"id=acestream://{UpperHash}", "ContentId", Hash)]
    [InlineData($"content_id=AceStream://{Hash}/", "ContentId", Hash)]
    [InlineData($"infohash={UpperHash}", "Infohash", Hash)]
    [InlineData("url=http%3A%2F%2Fexample.org%2Fa%3Fb%3Dc", "Url", "http://example.org/a?b=c")]
    [InlineData("url=HTTPS://example.org/a", "Url", "HTTPS://example.org/a")]
    [InlineData($"magnet=magnet%3A%3Fxt%3Durn%3Abtih%3A{Hash}%26dn%3Dname", "Magnet", $"magnet:?xt=urn:btih:{Hash}&dn=name")]
    [InlineData($"id={Hash}&pid=1&format=json&sid=2&unknown=x", "ContentId", Hash)]
    public void Parse_OneGoodSelector_IsNormalised(string query, string kind, string value)
    {
        ContentSelector? selector = Parse(query, out SelectorError? error);

        Assert.Null(error);
        Assert.Equal(new ContentSelector(Enum.Parse<SelectorKind>(kind), value, 0), selector);
    }

    [Theory]
    [InlineData("ContentId", "id")]
    [InlineData("Infohash", "infohash")]
    [InlineData("Url", "url")]
    [InlineData("Magnet", "magnet")]
    public void EngineParameter_EachKind_IsTheEnginesName(string kind, string parameter) =>
        Assert.Equal(parameter, new ContentSelector(Enum.Parse<SelectorKind>(kind), "", 0).EngineParameter);

    [Theory]
    [InlineData("", "id")]
    [InlineData("pid=1", "id")]
    [InlineData("id=", "id")]
    [InlineData("content_id", "content_id")]
    [InlineData("id=0123", "id")]
    [InlineData($"id={Hash}0", "id")]
    [InlineData($"id=0{Hash}", "id")]
    [InlineData($"id=%20{Hash}", "id")]
    [InlineData($"id={Hash}%0A", "id")]
    [InlineData($"id={Hash}%00", "id")]
    [InlineData("id=0123456789abcdef0123456789abcdef0123456g", "id")]
    [InlineData("id=%D9%A0123456789abcdef0123456789abcdef0123456", "id")] // an Arabic-Indic zero
    [InlineData("id=%EF%BC%90123456789abcdef0123456789abcdef0123456", "id")] // a full-width zero
    [InlineData("id=acestream://", "id")]
    [InlineData($"infohash=acestream://{Hash}", "infohash")]
    [InlineData($"id={Hash}&id={Hash}", "id")]
    [InlineData($"id={Hash}&content_id={Hash}", "content_id")]
    [InlineData($"id={Hash}&infohash={Hash}", "infohash")]
    [InlineData($"infohash={Hash}&magnet=", "magnet")]
    [InlineData("url=", "url")]
    [InlineData("url=/relative", "url")]
    [InlineData("url=//host/x", "url")]
    [InlineData("url=ftp://host/x", "url")]
    [InlineData("url=file:///etc/passwd", "url")]
    [InlineData("url=javascript:alert(1)", "url")]
    [InlineData("url=http://user:secret@host/x", "url")]
    [InlineData("url=http://user@host/x", "url")]
    [InlineData("url=http://host/a%20b", "url")]
    [InlineData("url=http://host/a%0D%0AX:%20y", "url")]
    [InlineData("url=http://", "url")]
    [InlineData("magnet=", "magnet")]
    [InlineData("magnet=magnet:%3Fdn=x", "magnet")]
    [InlineData($"magnet=magnet:%3Fxt=urn:btih:{Hash}%0A", "magnet")]
    [InlineData("magnet=magnet:%3Fxt=urn:btih:123", "magnet")]
    [InlineData($"id={Hash}&_idx=", "_idx")]
    [InlineData($"id={Hash}&_idx=-1", "_idx")]
    [InlineData($"id={Hash}&_idx=%2B1", "_idx")]
    [InlineData($"id={Hash}&_idx=1.0", "_idx")]
    [InlineData($"id={Hash}&_idx=%201", "_idx")]
    [InlineData($"id={Hash}&_idx=%D9%A1", "_idx")]
    [InlineData($"id={Hash}&_idx=10000", "_idx")]
    [InlineData($"id={Hash}&_idx=99999999999", "_idx")]
    [InlineData($"id={Hash}&_idx=1&_idx=1", "_idx")]
    public void Parse_NotOneGoodSelector_NamesTheParameter(string query, string parameter)
    {
        Assert.Null(Parse(query, out SelectorError? error));
        Assert.Equal(parameter, error?.Parameter);
        Assert.NotEmpty(error!.Problem);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("007", 7)]
    [InlineData("9999", 9999)]
    public void Parse_FileIndexInBounds_IsTaken(string text, int index) =>
        Assert.Equal(index, Parse($"id={Hash}&_idx={text}", out _)?.FileIndex);

    [Fact]
    public void Parse_LinkAtTheLimit_IsTakenAndOneLongerIsNot()
    {
        string longest = "http://host/" + new string('a', SelectorParser.LongestLink - "http://host/".Length);

        Assert.NotNull(Parse($"url={longest}", out _));
        Assert.Null(Parse($"url={longest}a", out _));
        Assert.Null(Parse($"magnet=magnet:%3Fxt=urn:btih:{Hash}%26dn={longest}", out _));
    }

    private static ContentSelector? Parse(string query, out SelectorError? error) =>
        SelectorParser.Parse(new QueryCollection(QueryHelpers.ParseQuery(query)), out error);
}
