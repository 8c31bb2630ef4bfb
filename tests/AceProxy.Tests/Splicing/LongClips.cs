using AceProxy.MpegTs;
using AceProxy.Tests.MpegTs;

namespace AceProxy.Tests.Splicing;

/// <summary>Forty seconds of H.264 and of HEVC with sound, made once for the tests that share them.</summary>
public sealed class LongClips : IAsyncLifetime
{
    private static readonly Dictionary<string, string> Codings = new()
    {
        ["h264"] = "-c:v libx264 -preset ultrafast -b:v 700k -bf 2 -g 25 -keyint_min 25 -sc_threshold 0",
        ["hevc"] = "-c:v libx265 -preset ultrafast -b:v 500k -x265-params keyint=25:min-keyint=25:open-gop=0:bframes=3:log-level=none",
    };

    private readonly Dictionary<string, LongClip> _clips = [];

    public async ValueTask InitializeAsync()
    {
        if (!Ffmpeg.IsInstalled)
        {
            return;
        }

        string folder = Directory.CreateTempSubdirectory("aceproxy-clips-").FullName;
        try
        {
            foreach ((string name, string coding) in Codings)
            {
                string path = Path.Combine(folder, name + ".ts");
                (_, string errors) = await Ffmpeg.RunAsync(
                    "ffmpeg",
                    [
                        .. "-v error -y -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440 -t 40 -c:a aac -b:a 64k".Split(' '),
                        .. coding.Split(' '), "-threads", "1", "-f", "mpegts", path,
                    ]);
                Assert.True(File.Exists(path), errors);
                _clips[name] = new LongClip(await File.ReadAllBytesAsync(path));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal LongClip Get(string name)
    {
        Assert.SkipUnless(Ffmpeg.IsInstalled, "ffmpeg and ffprobe are not installed");
        return _clips[name];
    }
}

/// <summary>A clip, when each of its packets comes, and where it can be begun.</summary>
internal sealed class LongClip
{
    private readonly double[] _seconds;

    public LongClip(byte[] stream)
    {
        Stream = stream;
        _seconds = new double[stream.Length / TsPacket.Size];
        double last = 0;
        long first = -1;
        for (int packet = 0; packet < _seconds.Length; packet++)
        {
            if (TsPacket.TryGetPcr(stream.AsSpan(packet * TsPacket.Size, TsPacket.Size), out long pcr))
            {
                first = first < 0 ? pcr : first;
                last = (pcr - first) / 27e6;
            }

            _seconds[packet] = last;
        }

        AccessPoints = Inspection.Of([.. stream]).Points;
    }

    public byte[] Stream { get; }

    /// <summary>The numbers of the packets that begin random access points.</summary>
    public long[] AccessPoints { get; }

    public int Packets => _seconds.Length;

    /// <summary>The stream's time at a packet, in seconds from its begin.</summary>
    public double SecondsAt(int packet) => _seconds[Math.Min(packet, Packets - 1)];

    /// <summary>A place in bytes, mostly within a packet, at that time.</summary>
    public int ByteAt(double seconds, Random random)
    {
        int packet = Array.BinarySearch(_seconds, seconds);
        packet = Math.Clamp(packet < 0 ? ~packet : packet, 1, Packets - 1);
        return (packet * TsPacket.Size) - random.Next(TsPacket.Size);
    }

    /// <summary>Pictures that begin in a range of packets.</summary>
    public int Pictures(int from, int to)
    {
        int pictures = 0;
        for (int packet = from; packet < to; packet++)
        {
            ReadOnlySpan<byte> bytes = Stream.AsSpan(packet * TsPacket.Size, TsPacket.Size);
            pictures += TsPacket.Pid(bytes) == 0x100 && TsPacket.PayloadUnitStart(bytes) ? 1 : 0;
        }

        return pictures;
    }
}
