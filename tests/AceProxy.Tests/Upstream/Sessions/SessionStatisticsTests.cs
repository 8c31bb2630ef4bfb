using System.Text.Json;
using AceProxy.Upstream.Sessions;

namespace AceProxy.Tests.Upstream.Sessions;

public sealed class SessionStatisticsTests
{
    [Fact]
    public void Read_AsDocumented_UnderstandsStringsAndNumbers()
    {
        SessionStatistics statistics = Read("""
            {"uploaded":491520,"speed_down":257,"speed_up":29,"total_progress":0,"status":"dl","downloaded":3276800,"peers":4,
            "livepos":{"last":"1639986704","live_first":"1639984904","pos":"1639986700","live_last":"1639986704","buffer_pieces":"30"}}
            """);

        Assert.Equal(
            new SessionStatistics
            {
                Status = "dl",
                Peers = 4,
                SpeedDown = 257,
                SpeedUp = 29,
                Downloaded = 3276800,
                Position = 1639986700,
                LiveLast = 1639986704,
            },
            statistics);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"status": null, "peers": null, "livepos": null}""")]
    [InlineData("""{"livepos": {}}""")]
    [InlineData("""{"status": "idle"}""")]
    public void Read_LittleOrNothing_IsNoNonsense(string response) => Assert.Null(Read(response).Downloaded);

    [Fact]
    public void Read_OlderName_IsUnderstood() => Assert.Equal((12, 3), (Read("""{"speedDown": "12"}""").SpeedDown, Read("""{"speedUp": 3.9}""").SpeedUp));

    [Theory]
    [InlineData("""{"peers": [1, 2]}""", "peers is [1, 2]")]
    [InlineData("""{"peers": "many"}""", "peers is \"many\"")]
    [InlineData("""{"peers": true}""", "peers is true")]
    [InlineData("""{"downloaded": -5}""", "downloaded is -5")]
    [InlineData("""{"downloaded": 1e300}""", "downloaded is 1e300")]
    [InlineData("""{"downloaded": "NaN"}""", "downloaded is \"NaN\"")]
    [InlineData("""{"downloaded": {"x": 1}, "speed_down": ""}""", "speed_down is \"\", downloaded is {\"x\": 1}")]
    [InlineData("""{"livepos": {"pos": "soon"}}""", "pos is \"soon\"")]
    public void Read_Nonsense_IsNamedAndLeftOut(string response, string expected)
    {
        using var document = JsonDocument.Parse(response);

        SessionStatistics statistics = SessionStatistics.Read(document.RootElement, out string? nonsense);

        Assert.Equal(expected, nonsense);
        Assert.Equal(new SessionStatistics(), statistics);
    }

    private static SessionStatistics Read(string response)
    {
        using var document = JsonDocument.Parse(response);
        SessionStatistics statistics = SessionStatistics.Read(document.RootElement, out string? nonsense);
        Assert.Null(nonsense);
        return statistics;
    }
}
