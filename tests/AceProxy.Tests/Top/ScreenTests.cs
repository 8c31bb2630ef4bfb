using AceProxy.Top.Drawing;
using AceProxy.Top.Fetching;
using AceProxy.Top.Steering;

namespace AceProxy.Tests.Top;

public sealed class ScreenTests
{
    [Fact]
    public void Screen_80By24_ShowsTheBusiestFirstAndWhatIsWrong()
    {
        string[] lines = Draw(Scenes.Cluster("w2"), TopState.Initial, 80, 24);

        Assert.Equal(
        [
            "AceProxy  http://127.0.0.1:8000                                         12:00:00",
            "Streams 2  Clients 42  Engines up 1/2  Workers 1/2  In 5.0  Out 21.0 Mbit/s",
            "NOT ALL: no answer from w2",
            " 1 Streams   2 Clients   3 Engines   4 Workers   5 Events",
            "  STREAM         STATE      CLIENTS IN Mb/s OUT Mb/s▼ LAG SILENT ENGINE",
            "▶ aa00000000000… playing          5     4.0     20.0   7s     0s 10.0.0.5:6878",
            "  bb00000000000… recovering       1     1.0      1.0   7s    15s 10.0.0.5:6878",
        ], lines[..7]);
        Assert.Equal($"  {Scenes.Busy}  owner w1", lines[13]);
        Assert.StartsWith("── Engines ───", lines[14], StringComparison.Ordinal);
        Assert.StartsWith("  10.0.0.6:6878    open          1/3         -     -    3d ?[2J?]0;", lines[15], StringComparison.Ordinal);
        Assert.EndsWith("…", lines[15], StringComparison.Ordinal);
        Assert.StartsWith("── Events ───", lines[18], StringComparison.Ordinal);
        Assert.Equal("  -        a-later-kind", lines[19]);
        Assert.StartsWith("q quit", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Screen_120By40_ShowsWholeKeysAndMoreColumns()
    {
        string[] lines = Draw(Scenes.Cluster(), TopState.Initial, 120, 40);

        Assert.Equal(
            "  STREAM                                   STATE      CLIENTS IN Mb/s OUT Mb/s▼ LAG SILENT ENGINE            UP RECONN", lines[3]);
        Assert.Equal(
            "▶ aa00000000000000000000000000000000000001 playing          5     4.0     20.0   7s     0s 10.0.0.5:6878     5m      2", lines[4]);
        Assert.Contains(lines, line => line.StartsWith("── Engines", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(120, 40)]
    [InlineData(60, 12)]
    [InlineData(61, 19)]
    [InlineData(200, 60)]
    [InlineData(30, 5)]
    public void Screen_AnyTopicAndMode_FillsTheTerminalExactlyAndHasNothingThatItWouldObey(int width, int height)
    {
        foreach (bool hasUnicode in new[] { true, false })
        {
            foreach (Topic topic in Enum.GetValues<Topic>())
            {
                foreach (Mode mode in new[] { Mode.Browsing, Mode.Filtering, Mode.Help })
                {
                    var canvas = new Canvas(width, height, true, hasUnicode);
                    TopState state = TopState.Initial with { Topic = topic, Mode = mode };
                    string[] lines = FrameText.Styled(Screen.Of(Scenes.Cluster("w2"), state, canvas, out _), canvas);

                    var terminal = new TerminalScreen(width, height); // refuses what it does not expect, and what does not fit
                    terminal.Write(string.Concat(lines.Select((line, at) => $"\e[{at + 1};1H{line}")));
                    Assert.Equal(height, lines.Length);
                    Assert.Equal(Enumerable.Repeat(width, height), terminal.Widths);
                    Assert.True(hasUnicode || terminal.Lines.All(line => line.All(letter => letter is >= ' ' and <= '~')));
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Screen_Colours_AreThereOnlyIfWanted(bool isColoured)
    {
        var canvas = new Canvas(80, 24, isColoured, true);

        string text = string.Concat(FrameText.Styled(Screen.Of(Scenes.Cluster("w2"), TopState.Initial, canvas, out _), canvas));

        var terminal = new TerminalScreen(80, 24);
        terminal.Write(text.Replace("\n", "", StringComparison.Ordinal), wraps: true);
        Assert.Equal(isColoured, terminal.HasColours);
    }

    [Theory]
    [InlineData(true, "REFUSED for 12s: 401")]
    [InlineData(false, "UNREACHABLE for 12s, trying on: 401")]
    public void Screen_Trouble_IsToldWithAllItsWords(bool isRefusal, string begin)
    {
        var scene = new Scene
        {
            Url = new Uri("http://127.0.0.1:8000/"),
            Now = DateTimeOffset.UnixEpoch,
            Trouble = new Trouble(isRefusal, "401, an API key is needed and none was given: set --api-key, API_KEY or API_KEY_FILE"),
            TroubleFor = TimeSpan.FromSeconds(12),
        };

        string[] lines = Draw(scene, TopState.Initial, 80, 24);

        Assert.StartsWith(begin, lines[1], StringComparison.Ordinal);
        Assert.Contains("API_KEY_FILE", lines[1] + lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_MoreThanAPage_ShowThePageOfTheSelectedOne()
    {
        TopState state = (TopState.Initial with { Topic = Topic.Clients }).With(new Look(0, false, Id: "c30"));

        string[] lines = Draw(Scenes.Cluster(), state, 80, 24);

        Assert.Single(lines, line => line.StartsWith("▶ c30 ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("  c10 ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.EndsWith(" 19-27 of 42", StringComparison.Ordinal));
    }

    [Fact]
    public void Sheet_AllOfIt_IsPlainText()
    {
        var canvas = new Canvas(120, int.MaxValue, true, false);

        string[] lines = FrameText.Plain(Sheet.Of(Scenes.Cluster(), canvas), canvas);

        Assert.All(lines, line => Assert.All(line, letter => Assert.InRange(letter, ' ', '~')));
        Assert.Equal(42, lines.Count(line => line.Contains("192.0.2.17", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("w2 ", StringComparison.Ordinal));
    }

    private static string[] Draw(Scene scene, TopState state, int width, int height)
    {
        var canvas = new Canvas(width, height, false, true);
        return FrameText.Plain(Screen.Of(scene, state, canvas, out _), canvas);
    }
}
