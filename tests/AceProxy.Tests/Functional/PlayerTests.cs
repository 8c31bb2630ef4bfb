using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;

namespace AceProxy.Tests.Functional;

/// <summary>Real players against the demonstration clip: each plays, and the stream they share is one session.</summary>
public sealed class PlayerTests
{
    [Fact]
    public async Task Ffmpeg_DemoStream_DecodesWithoutAnErrorLine()
    {
        ExternalTool.Require("ffmpeg");
        (int exitCode, string output) = await PlayAsync("ffmpeg", url => ["-v", "error", "-t", "3", "-i", url, "-f", "null", "-"]);

        Assert.Equal((0, ""), (exitCode, output));
    }

    [Fact]
    public async Task Ffprobe_DemoStream_SeesH264AndAac()
    {
        ExternalTool.Require("ffprobe");
        (int exitCode, string output) = await PlayAsync(
            "ffprobe", url => ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", url]);

        Assert.Equal(0, exitCode);
        Assert.Contains("h264", output, StringComparison.Ordinal);
        Assert.Contains("aac", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mpv_DemoStream_PlaysSoundAndPicture()
    {
        ExternalTool.Require("mpv");
        (int exitCode, string output) = await PlayAsync(
            "mpv", url => ["--no-config", "--no-input-terminal", "--term-status-msg=", "--vo=null", "--ao=null", "--length=2", url]);

        Assert.Equal(0, exitCode);
        Assert.Contains("VO: [null] 640x360", output, StringComparison.Ordinal);
        Assert.Contains("AO: [null] 48000Hz", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vlc_DemoStream_ReceivesItsFirstPicture()
    {
        ExternalTool.Require("cvlc");
        // VLC refuses to run as root.
        string[] prefix = Environment.UserName == "root" ? ["-u", "nobody", "--", "env", "HOME=/tmp", "cvlc"] : [];
        (_, string output) = await PlayAsync(prefix.Length > 0 ? "runuser" : "cvlc", url =>
        [
            .. prefix, "-I", "dummy", "-vv", "--no-color", "--vout=dummy", "--aout=dummy", "--run-time=2", "--play-and-exit", url, "vlc://quit",
        ]);

        Assert.Contains("Received first picture", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_DemoStream_GetsAlignedPackets()
    {
        ExternalTool.Require("curl");
        // --range makes it ask for bytes as VLC does; a live stream answers 200 all the same, and curl is cut off by --max-time (28).
        string file = Path.GetTempFileName();
        try
        {
            (int exitCode, string output) = await PlayAsync(
                "curl", url => ["-s", "--max-time", "8", "--range", "0-", "-o", file, "-w", "%{http_code}", url]);
            byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);

            Assert.Equal((28, "200"), (exitCode, output));
            var checker = new StreamChecker();
            checker.Add(bytes);
            Assert.True(checker.Packets > 100, $"{checker.Packets} packets");
            Assert.Equal((0, 0), (checker.Misaligned, checker.CounterErrors));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<(int ExitCode, string Output)> PlayAsync(string tool, Func<string, string[]> arguments)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        engine.Add(DemoContent.Script);
        await using RunningProxy proxy = await RunningProxy.StartAsync(engine);
        string url = $"{proxy.Address}ace/getstream?id={DemoContent.ContentId}";
        (int ExitCode, string Output) result = await ExternalTool.RunAsync(tool, arguments(url));

        Assert.Equal(1, engine.SessionsOpened);
        return result;
    }
}
