using System.Text.Json;
using AceProxy.EngineApi;

namespace AceProxy.Tests.EngineApi;

public sealed class EngineJsonTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";

    [Theory]
    [InlineData("""{"a": "text"}""", "text")]
    [InlineData("""{"a": 12.50}""", "12.50")]
    [InlineData("""{"a": ""}""", "")]
    [InlineData("""{"a": null}""", null)]
    [InlineData("""{"a": true}""", null)]
    [InlineData("""{"a": []}""", null)]
    [InlineData("""{"a": {}}""", null)]
    [InlineData("""{"b": 1}""", null)]
    [InlineData("[]", null)]
    [InlineData("1", null)]
    [InlineData("""{"a": "\ud800"}""", null)]
    [InlineData("""{"\ud800": 1, "a": "text"}""", "text")]
    public void Text_OfWhateverType_IsTextOrNull(string json, string? expected) =>
        Assert.Equal(expected, EngineJson.Text(JsonDocument.Parse(json).RootElement, "a"));

    [Fact]
    public void Text_BytesThatAreNoText_IsNull()
    {
        using JsonDocument document = JsonDocument.Parse((byte[])[.. "{\"a\": \""u8, 0xFF, .. "\"}"u8]);

        Assert.Null(EngineJson.Text(document.RootElement, "a"));
    }

    [Theory]
    [InlineData("""{"error": "failed to load content"}""", "failed to load content")]
    [InlineData("""{"error": {"code": 0, "message": "missing\ndetails"}}""", "missing details")]
    [InlineData("""{"error": {"code": 0}}""", "unnamed error")]
    [InlineData("""{"error": null}""", null)]
    [InlineData("""{"response": {}}""", null)]
    [InlineData("""["error"]""", null)]
    public void Error_TextOrObject_IsItsWords(string json, string? expected) =>
        Assert.Equal(expected, EngineJson.Error(JsonDocument.Parse(json).RootElement));

    [Fact]
    public void Error_Endless_IsCut()
    {
        string json = JsonSerializer.Serialize(new { error = new string('e', 5000) });

        Assert.InRange(EngineJson.Error(JsonDocument.Parse(json).RootElement)!.Length, 1, 201);
    }

    [Theory]
    [InlineData(Hash, Hash)]
    [InlineData("0123456789ABCDEF0123456789ABCDEF01234567", Hash)]
    [InlineData("0123", null)]
    [InlineData("0123456789abcdef0123456789abcdef0123456z", null)]
    [InlineData("../../../../../../../../../../etc/passwd.", null)]
    public void Infohash_FortyHexDigitsOnly_AreTaken(string text, string? expected) =>
        Assert.Equal(expected, EngineJson.Infohash(JsonDocument.Parse($$"""{"infohash": "{{text}}"}""").RootElement));
}
