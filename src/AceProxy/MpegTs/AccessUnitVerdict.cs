namespace AceProxy.MpegTs;

/// <summary>What is known of an access unit so far.</summary>
internal enum AccessUnitVerdict
{
    Undecided,
    RandomAccess,
    NotRandomAccess,
}
