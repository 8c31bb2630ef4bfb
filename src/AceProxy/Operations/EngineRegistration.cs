namespace AceProxy.Operations;

/// <summary>The body of <c>POST /api/engines</c>, for its description; <see cref="EngineRegistrationBody"/> reads it.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">6878 if it is left out.</param>
/// <param name="Forwarded">Whether peers can reach it; false if it is left out.</param>
internal sealed record EngineRegistration(string Host, int? Port, bool? Forwarded);
