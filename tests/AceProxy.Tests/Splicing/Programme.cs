using AceProxy.MpegTs;
using AceProxy.Tests.MpegTs;

namespace AceProxy.Tests.Splicing;

/// <summary>A hand-made stream of 25 pictures a second with sound, tables every second picture, and a clock on each.</summary>
internal sealed class Programme(int seed, double startSeconds = 1000)
{
    public const int MapPid = 0x1000;
    public const int VideoPid = 0x100;
    public const int AudioPid = 0x101;
    public const double PictureSeconds = 0.04;

    /// <summary>Bytes of a payload that fill a packet.</summary>
    private const int Full = TsBuilder.MaxPayload;
    private const long Wrap = 1L << 33;

    private readonly TsBuilder _builder = new();
    private readonly Random _random = new(seed);
    private int _pictures;

    /// <summary>Pictures from one random access point to the next.</summary>
    public int GroupPictures { get; init; } = 10;

    /// <summary>The clock of the next picture, in ticks of 90 kHz and not wrapped.</summary>
    public long Clock { get; set; } = (long)(startSeconds * 90_000);

    /// <summary>Packets so far.</summary>
    public int Count => _builder.Count;

    public byte[][] Packets => [.. _builder.ToArray().Chunk(TsPacket.Size)];

    public TsBuilder Builder => _builder;

    /// <summary>Pictures of random size and content, each with its sound now and then.</summary>
    public Programme Play(int pictures, int least = 3, int most = 40)
    {
        for (int picture = 0; picture < pictures; picture++)
        {
            Picture(Noise((_random.Next(least, most) * Full) + _random.Next(Full)));
        }

        return this;
    }

    /// <summary>Every picture and its company fill the same number of packets, null packets where need be: a constant rate.</summary>
    public Programme PlayAtConstantRate(int pictures, int packets = 20)
    {
        for (int picture = 0; picture < pictures; picture++)
        {
            int end = Count + packets;
            Picture(Noise(_random.Next(2, packets - 10) * Full), packetTicks: (int)(PictureSeconds * 27_000_000 / packets));
            while (Count < end)
            {
                _builder.Null();
            }
        }

        return this;
    }

    /// <summary>One picture of this content.</summary>
    /// <param name="packetTicks">What a packet takes at a constant rate, in ticks of 27 MHz: the clock says where its own packet is.</param>
    public Programme Picture(byte[] content, bool? isAccessPoint = null, int packetTicks = 0)
    {
        int begin = Count;
        bool access = isAccessPoint ?? _pictures % GroupPictures == 0;
        if (_pictures % 2 == 0)
        {
            _builder.Pat((1, MapPid)).Pmt(MapPid, 1, (0x1B, VideoPid), (0x0F, AudioPid));
        }

        _builder.Pes(VideoPid, content, randomAccess: access, pcr: (Clock % Wrap * 300) + ((Count - begin) * packetTicks), pts: (Clock + 18_000) % Wrap);
        if (_pictures % 5 == 1)
        {
            _builder.Pes(AudioPid, Noise(700), pts: (Clock + 9_000) % Wrap);
        }

        _pictures++;
        Clock += (long)(PictureSeconds * 90_000);
        return this;
    }

    /// <summary>Bytes that look like nothing: no zeros, so no start codes.</summary>
    public byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        for (int at = 0; at < length; at++)
        {
            noise[at] = (byte)_random.Next(1, 256);
        }

        return noise;
    }
}
