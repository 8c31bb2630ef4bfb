using System.Globalization;
using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>Short transport streams of each codec, made once for the tests that share them.</summary>
public sealed class RealStreams : IAsyncLifetime
{
    private const string VideoOnly = "-an -c:v ";

    private static readonly Dictionary<string, string> Codings = new()
    {
        ["h264"] = "-c:a aac -c:v libx264 -preset ultrafast -bf 2 -g 25 -keyint_min 25 -sc_threshold 0",
        ["h264-open"] = "-c:a aac -c:v libx264 -preset ultrafast -x264-params open-gop=1:bframes=3:keyint=25:min-keyint=25:scenecut=0",
        ["h264-refresh"] = VideoOnly + "libx264 -preset ultrafast -x264-params intra-refresh=1:keyint=25:bframes=0",
        ["hevc"] = "-c:a aac -c:v libx265 -preset ultrafast -x265-params keyint=25:min-keyint=25:open-gop=0:log-level=none",
        ["hevc-open"] = VideoOnly + "libx265 -preset ultrafast -x265-params keyint=25:min-keyint=25:bframes=3:scenecut=0:log-level=none",
        ["mpeg2"] = "-c:a mp2 -c:v mpeg2video -g 12 -bf 2 -b:v 1M",
        ["mpeg1"] = VideoOnly + "mpeg1video -g 12 -b:v 1M",
        ["audio"] = "-vn -c:a aac",
    };

    private readonly Dictionary<string, byte[]> _streams = [];
    private readonly Dictionary<string, long[]> _keyframes = [];
    private string? _folder;

    public static IEnumerable<TheoryDataRow<string>> Names => Codings.Keys.Select(name => new TheoryDataRow<string>(name));

    public async ValueTask InitializeAsync()
    {
        if (!Ffmpeg.IsInstalled)
            return;

        _folder = Directory.CreateTempSubdirectory("aceproxy-streams-").FullName;
        await Parallel.ForEachAsync(Codings, async (coding, _) =>
        {
            var (name, arguments) = coding;
            var stream = await CreateAsync(name, arguments);
            var keyframes = await ProbeAsync(name);
            lock (_streams)
            {
                _streams[name] = stream;
                _keyframes[name] = keyframes;
            }
        });
    }

    public ValueTask DisposeAsync()
    {
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>The stream, for the caller to change; the test is skipped where it cannot be made.</summary>
    public byte[] Get(string name)
    {
        Assert.SkipUnless(Ffmpeg.IsInstalled, "ffmpeg and ffprobe are not installed");
        return [.. _streams[name]];
    }

    /// <summary>The numbers of the packets that begin what ffprobe calls keyframes.</summary>
    public long[] Keyframes(string name) => _keyframes[name];

    private async Task<byte[]> CreateAsync(string name, string arguments)
    {
        var path = PathOf(name);
        var (_, errors) = await Ffmpeg.RunAsync(
            "ffmpeg",
            [
                .. "-v error -y -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440 -t 4".Split(' '),
                .. arguments.Split(' '), "-threads", "1", "-f", "mpegts", path,
            ]);
        Assert.True(File.Exists(path), errors);
        return await File.ReadAllBytesAsync(path);
    }

    private async Task<long[]> ProbeAsync(string name)
    {
        var (output, _) = await Ffmpeg.RunAsync(
            "ffprobe",
            [
                .. "-v error -show_packets -show_entries packet=pos,flags -of csv=p=0 -select_streams".Split(' '),
                name == "audio" ? "a:0" : "v:0", PathOf(name),
            ]);
        return
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(','))
                .Where(fields => fields[0] != "N/A" && fields[1].StartsWith('K'))
                .Select(fields => long.Parse(fields[0], CultureInfo.InvariantCulture) / TsPacket.Size)
                .Distinct(),
        ];
    }

    private string PathOf(string name) => Path.Combine(_folder!, name + ".ts");
}
