namespace AceProxy.MpegTs;

/// <summary>
/// MPEG-1 and MPEG-2 video: an access point begins with a sequence header (ISO/IEC 13818-1, 2.4.3.5, random_access_indicator;
/// start codes in ITU-T H.262, table 6-1).
/// Slices before it are the end of a picture that began in an earlier PES packet, and decide nothing.
/// </summary>
internal sealed class Mpeg12Probe : AccessUnitProbe
{
    private const byte PictureStart = 0x00;
    private const byte SequenceHeader = 0xB3;

    protected override bool HasEmulationPrevention => false;

    protected override void OnBegin()
    {
    }

    protected override void OnUnit()
    {
    }

    protected override AccessUnitVerdict OnByte(byte value, out bool more)
    {
        more = false;
        return value switch
        {
            SequenceHeader => AccessUnitVerdict.RandomAccess,
            PictureStart => AccessUnitVerdict.NotRandomAccess,
            _ => AccessUnitVerdict.Undecided,
        };
    }
}
