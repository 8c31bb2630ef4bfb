using AceProxy.Settings;

namespace AceProxy.Delivery;

/// <summary>Where in the ring a client begins, and by which way it is sent to.</summary>
internal sealed record DeliveryOptions
{
    /// <summary>A client starts at a random access point at least this old, so that it has a buffer at once.</summary>
    public required TimeSpan JoinBehind { get; init; }

    /// <summary>Whether to send past the response writer where the connection allows it.</summary>
    public required bool DirectSending { get; init; }

    public static DeliveryOptions Read(SettingsReader settings) => new()
    {
        JoinBehind = settings.Seconds("JOIN_BEHIND", 2, 0, 600, "a client starts at a random access point at least this old"),
        DirectSending = settings.Switch(
            "DIRECT_SENDING", true, "send plain HTTP/1.1 clients whole chunks past the response writer (Linux)"),
    };
}
